/// What groups of parameters are called in a report.
///
/// - Parameter parameters: the names of each group's, in the order drawn.
/// - Returns: by group, its layers' paths; of a layer that is divided between groups, the parameters' whole names.
func layers(ofGroups parameters: [[String]]) -> [[String]] {
    let owners = parameters.reduce(into: [String: Int]()) { counts, names in
        for layer in Set(names.map(layer(of:))) { counts[layer, default: 0] += 1 }
    }
    return parameters.map { names in
        names.reduce(into: []) { layers, name in
            let layer = layer(of: name)
            let shown = owners[layer] == 1 ? layer : name
            if !layers.contains(shown) { layers.append(shown) }
        }
    }
}

/// `trunk.0` of `trunk.0.weight`; a parameter outside of layers is its own.
func layer(of parameter: String) -> String {
    parameter.lastIndex(of: ".").map { String(parameter[..<$0]) } ?? parameter
}

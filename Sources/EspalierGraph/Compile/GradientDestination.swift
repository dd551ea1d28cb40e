import EspalierTensor

/// Where a gradient is to be written: into a slab, at the place of a parameter.
public struct GradientDestination {
    let value: Value
    let name: String
    /// The slab, or the slabs' rows.
    let owner: AnyObject
    /// By lane of the value.
    let places: [UnsafeMutableRawPointer]

    /// The value, of the shape of the slab's parameter `name`, is written there at every run.
    public init(_ value: Value, in slab: ParameterSlab, at name: String) {
        require(value.lanes == 1, "[compile] gradients of several tasks for the one place of \(name)")
        self.init(value, name, slab, [slab.place(of: name, shape: value.shape)])
    }

    /// Each task's gradient is written into its row, at the place of the parameter `name`.
    public init(_ gradients: TaskGradients, in rows: TaskRows, at name: String) {
        let value = gradients.cotangent.value
        self.init(value, name, rows, gradients.tasks.map { rows.place(of: name, task: $0, shape: value.shape) })
    }

    private init(_ value: Value, _ name: String, _ owner: AnyObject, _ places: [UnsafeMutableRawPointer]) {
        (self.value, self.name, self.owner, self.places) = (value, name, owner, places)
    }
}

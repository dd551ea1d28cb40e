/// Stops with a text if a condition that the caller must keep does not hold. (`precondition` drops its text in
/// optimised builds, and the text is all that helps the one who draws a graph.)
func require(_ condition: Bool, _ text: @autoclosure () -> String) {
    if !condition { fatalError(text()) }
}

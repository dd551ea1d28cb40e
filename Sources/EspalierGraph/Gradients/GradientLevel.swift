/// What weights of tasks are chosen by. Each level costs more than the one before, and tells more.
public enum GradientLevel: Sendable, Hashable {
    /// The losses alone.
    case losses
    /// Gradients by what the tasks' own parts read: where their ways meet. About the cost of one gradient.
    ///
    /// In a tree of tasks a group of parameters is measured where what all of its tasks share begins: the trunk by what its
    /// heads and branches read, a branch by what its own heads read. Where tasks read several layers, that is all of them
    /// side by side.
    case representation
    /// The scalar products of the tasks' gradients by the shared parameters, from products with r random signs: the
    /// cotangents of all tasks travel the trunk, but no weight gradient of a task is formed.
    ///
    /// Unbiased: E[Ĝ] = G over the signs, which are drawn anew in every run. The standard error of Ĝ[i,j] is at most
    /// sqrt(2 / r) · |g_i| |g_j| for each weight matrix, and much less where gradients are not of rank one. A weight
    /// whose exact products are cheaper is not sketched.
    case sketch(columns: Int = 64)
    /// The scalar products of the tasks' gradients by the shared parameters, exact to rounding.
    case gram
    /// The gradients themselves, a row a task.
    case rows
}

/// Whose gradients make a group's Gram matrix.
public enum GradientScope: Sendable {
    /// All of the group's parameters.
    case all
    /// Those of the layer that was drawn last, of the layers with a matrix that all of the group's tasks depend on. Where
    /// no layer has all tasks, one of each set of tasks that is no part of another.
    case lastLayer
    /// Those of the layers with these paths and of what lies within them: `trunk` names `trunk.0`, too. A group that has
    /// none of them is measured by all of its parameters.
    case layers([String])
}

/// Which parameters share one set of task weights.
public enum GradientGrouping: Sendable {
    /// Those that the same tasks depend on: a tree of tasks has a group for every branch.
    case byTasks
    /// Those of one layer that the same tasks depend on, as methods want that balance layer by layer. At levels that form no
    /// rows each layer costs a sweep of the trunk of its own.
    case byLayers
    /// All that more than one task depends on.
    case whole
}

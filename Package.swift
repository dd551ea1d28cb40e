// swift-tools-version: 6.2
import PackageDescription

// The modules that should hold no pointers are compiled under strict memory safety.
let safe: [SwiftSetting] = [.strictMemorySafety()]

// SwiftPM fetches the packages behind every product of a dependency, used or not. So the command line is a product only
// where this package is the one being built: a dependency's manifest is read from the repository (`/`), then from a
// folder named `checkouts`.
let isDependency = Context.packageDirectory == "/" || Context.packageDirectory.contains("/checkouts/")
let commandLine: [Product] = isDependency ? [] : [.executable(name: "espalier", targets: ["EspalierCommand"])]

let package = Package(
    name: "espalier",
    products: [
        .library(name: "Espalier", targets: ["Espalier"])
    ] + commandLine,
    traits: [
        .trait(
            name: "OpenBLAS",
            description: "Link OpenBLAS and LAPACKE: the BLAS backend by name, and SVD, QR, least squares."),
        .default(enabledTraits: ["OpenBLAS"]),
    ],
    dependencies: [
        // For the command line and the benchmark only: Apple's own parser, typed options, generated help.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // For the command line only: YAML 1.1 over libyaml, with line and column in its errors.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // For tests only: approximate equality and real functions in any precision.
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    ],
    targets: [
        // The C library. Optimised in debug builds too: unoptimised kernels would make tests take hours.
        .target(
            name: "CKernels",
            path: "CKernels",
            exclude: ["benchmarks", "blas", "examples", "tests", "README.md", "Makefile"],
            cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        .systemLibrary(
            name: "COpenBLAS",
            pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas"])]),
        .target(
            name: "EspalierKernels",
            dependencies: ["CKernels", .target(name: "COpenBLAS", condition: .when(traits: ["OpenBLAS"]))]),
        .target(
            name: "EspalierTensor",
            dependencies: ["EspalierKernels", .target(name: "COpenBLAS", condition: .when(traits: ["OpenBLAS"]))]),
        .target(name: "EspalierGraph", dependencies: ["EspalierTensor", "EspalierKernels"]),
        .target(
            name: "EspalierTasks", dependencies: ["EspalierGraph", "EspalierTensor", "EspalierKernels"],
            swiftSettings: safe),
        .target(
            name: "EspalierData",
            dependencies: ["EspalierTasks", "EspalierTensor"],
            resources: [.copy("Resources/snippets.tsv"), .copy("Resources/NOTICE")],
            swiftSettings: safe),
        .target(
            name: "Espalier",
            dependencies: ["EspalierKernels", "EspalierTensor", "EspalierGraph", "EspalierTasks", "EspalierData"],
            swiftSettings: safe),
        .executableTarget(
            name: "EspalierCommand",
            dependencies: [
                "Espalier", "Yams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: safe),
        // Loops that show what this machine can do at most: the benchmark's yardsticks.
        .target(name: "CMachinePeak", path: "Benchmarks/CMachinePeak"),
        .executableTarget(
            name: "espalier-bench",
            dependencies: [
                "Espalier", "CKernels", "CMachinePeak",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/espalier-bench"),
        .target(
            name: "EspalierTestSupport",
            dependencies: ["EspalierKernels", .product(name: "RealModule", package: "swift-numerics")],
            path: "Tests/EspalierTestSupport"),
        .testTarget(name: "EspalierKernelsTests", dependencies: ["EspalierKernels", "EspalierTestSupport"]),
        .testTarget(name: "EspalierTensorTests", dependencies: ["EspalierTensor", "EspalierTestSupport"]),
        // For tests: stands before malloc to count what a training step allocates.
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .testTarget(
            name: "EspalierGraphTests",
            dependencies: ["EspalierGraph", "EspalierTestSupport", "CAllocationCounter"]),
        .testTarget(
            name: "EspalierTasksTests",
            dependencies: ["EspalierTasks", "EspalierTestSupport", "CAllocationCounter"]),
        .testTarget(
            name: "EspalierDataTests", dependencies: ["EspalierData", "EspalierTasks", "EspalierTestSupport"]),
        .testTarget(
            name: "EspalierCommandTests",
            dependencies: ["EspalierCommand", "Espalier", "EspalierTestSupport"]),
        .testTarget(
            name: "EspalierBenchTests", dependencies: ["espalier-bench", "Espalier", "EspalierTestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

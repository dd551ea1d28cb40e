# Each line is a command a person could type. `make demo` and `make test` are all a newcomer needs.
SWIFT_BUILD = swift build -c release --product

.PHONY: demo test bench lib setup clean

## Train the packaged data set, show how well each task does, and predict two sentences.
demo: setup
	$(SWIFT_BUILD) espalier
	.build/release/espalier train Examples/snippets.yaml --out build/demo --force
	.build/release/espalier predict build/demo "I love this camera, the pictures are gorgeous!" \
		"The phone died after two days and support never answered."

## All tests: C kernels, Swift, C and Python clients.
test: setup
	$(MAKE) -C CKernels test test-examples
	swift build --build-tests
	swift test --skip-build

## Time the kernels and whole training steps beside the BLAS libraries found here.
bench: setup
	$(SWIFT_BUILD) espalier-bench
	.build/release/espalier-bench gemm
	.build/release/espalier-bench step

## The C library without Swift: build/lib, build/include, pkg-config file, and the drop-in BLAS.
lib:
	$(MAKE) -C CKernels lib blas

## Install what is missing.
setup:
	@scripts/setup

clean:
	rm -rf .build build

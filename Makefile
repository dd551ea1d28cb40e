# Each line is a command a person could type. `make demo` and `make test` are all a newcomer needs.
SWIFT_BUILD = swift build -c release --product

.PHONY: demo test bench bench-readme lib setup clean

## Train the packaged data set, show how well each task does, and predict two sentences.
demo: setup
	$(SWIFT_BUILD) espalier
	.build/release/espalier train Examples/snippets.yaml --out build/demo --force
	.build/release/espalier predict build/demo "I love this camera, the pictures are gorgeous!" \
		"The phone died after two days and support never answered."

## All tests: C kernels, Swift, C and Python clients.
test: setup
	$(MAKE) -C CKernels test test-python test-examples
	swift build --build-tests
	swift test --skip-build

## Time kernels and training steps beside the BLAS libraries found here; figures and charts go to build/bench.
## `make bench PYTHON=…/bin/python` also beside what that Python has of MKL, PyTorch and TorchJD. Eight minutes on a quiet machine, eighteen with PyTorch.
BENCH = .build/release/espalier-bench
WITH_MKL = $(if $(PYTHON),--peer-python $(PYTHON))
WITH_TORCH = $(if $(PYTHON),--peer-python $(PYTHON) --peer-script Benchmarks/peers/$1)
bench: setup
	$(SWIFT_BUILD) espalier-bench
	$(BENCH) gemm --threads 1,2 $(WITH_MKL) \
		--json build/bench/gemm.json --markdown build/bench/gemm.md --chart build/bench/gemm.svg
	$(BENCH) kernels --threads 1,2 --peer-rounds 5 $(call WITH_TORCH,pytorch_losses.py) \
		--json build/bench/kernels.json --markdown build/bench/kernels.md --chart build/bench/kernels.svg
	$(BENCH) step --threads 1,2 --peer-rounds 5 $(call WITH_TORCH,pytorch_step.py) \
		--json build/bench/step.json --markdown build/bench/step.md
	$(BENCH) balance $(call WITH_TORCH,torchjd_step.py) --peer MGDA \
		--json build/bench/balance.json --markdown build/bench/balance.md

## Put the tables and charts of the last `make bench` into the README.
bench-readme: build/bench/gemm.md build/bench/kernels.md build/bench/step.md build/bench/balance.md
	cp build/bench/gemm.svg build/bench/kernels.svg Benchmarks/charts
	for table in gemm kernels step balance; do \
		sed -i -e "/<!-- bench $$table -->/,/<!-- end -->/{//!d}" \
			-e "/<!-- bench $$table -->/r build/bench/$$table.md" README.md; \
	done

## The C library without Swift: build/lib, build/include, pkg-config file, and the drop-in BLAS.
lib:
	$(MAKE) -C CKernels lib blas

## Install what is missing.
setup:
	@scripts/setup

clean:
	rm -rf .build build

# make demo     edit the demo photo with the shipped weights, print what was written
# make test     every check: lint, format, import contract, types, tests, documentation
# make nightly  thousands of broken photos, sets and weights in place of make test's hundreds,
#               and the networks as on a processor without AVX-512, with the allocator's checks
# make weights  trains the shipped weights further: studio set, training, export
# make graphs   writes how the shipped weights' networks are computed, for editing without torch
# make gallery  sheets of the demo photo and of twenty people kept out, in docs/images and runs/gallery
# make compare  the paper's table on that set, within a small budget; finished cells are kept
# make benefit  whether synthetic faces help a recogniser of real smiles: docs/results/benefit.md
# make paper-check   the paper's objective, narrowed, for a while, and a picture of its curves
# make bench    the figures of the model card and of the README
# make package  wheel and source distribution, in dist, with their description checked
# make install-check   a new environment with the wheel alone edits the demo photo, and takes an extra

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHARED ?= $(or $(LGPGAN_SHARED),../shared)
RUNS := runs
# What runs networks, and glibc's allocator that ends a process which wrote past its memory.
TORCH_TESTS := $(addprefix tests/,networks methods training evaluation recognisers backends augmentation benefit)
ALLOCATOR := libc_malloc_debug.so.0

.PHONY: demo test lint types tests nightly studio-set weights graphs gallery compare benefit paper-check bench package install-check clean

$(VENV)/%.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$*]'
	touch $@

# The recognisers' small files, so that their tests run; without a network these skip and say so.
$(VENV)/recognisers.stamp: $(VENV)/dev.stamp
	$(BIN)/lgpgan assets --fetch fer face-api mediapipe > $@ \
	  || echo "note: tests of the recognisers will skip; later: $(BIN)/lgpgan assets --fetch fer face-api mediapipe"

demo: $(VENV)/demo.stamp
	$(BIN)/python examples/demo_photo.py lgpgan-out/astronaut.png
	$(BIN)/lgpgan edit lgpgan-out/astronaut.png --out lgpgan-out --overwrite

test: lint types tests

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/dev.stamp
	$(BIN)/mypy

tests: $(VENV)/recognisers.stamp
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadgroup

nightly: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadgroup -m nightly
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --hypothesis-profile nightly tests/fuzz
	OMP_NUM_THREADS=1 ONEDNN_MAX_CPU_ISA=AVX2 $(BIN)/pytest --numprocesses 2 $(TORCH_TESTS)
	if LD_PRELOAD=$(ALLOCATOR) env true 2>&1 | grep -q .; then \
	  echo "note: $(ALLOCATOR) is absent; writes past memory are not looked for"; \
	else \
	  OMP_NUM_THREADS=1 ONEDNN_MAX_CPU_ISA=AVX2 LD_PRELOAD=$(ALLOCATOR) MALLOC_CHECK_=3 \
	    $(BIN)/pytest --numprocesses 2 $(TORCH_TESTS); \
	fi

studio-set: $(VENV)/dev.stamp
	mkdir -p $(RUNS)
	$(BIN)/python recipes/default_weights/list_photos.py $(SHARED)/data $(RUNS)/photos.csv
	$(BIN)/lgpgan studio $(RUNS)/photos.csv $(RUNS)/studio --takes 6 --face-model $(SHARED)/facekit/ict_facekit.npz

weights: studio-set
	$(BIN)/lgpgan train $(RUNS)/studio --out $(RUNS)/default --images 96000 --processes 2 \
	  $(if $(wildcard $(RUNS)/default/checkpoint.pt),--resume,--warm-start src/lgpgan/pretrained/default.safetensors)
	cp $(RUNS)/default/weights.safetensors src/lgpgan/pretrained/default.safetensors
	$(MAKE) graphs

graphs: $(VENV)/dev.stamp
	rm -f src/lgpgan/pretrained/*.onnx src/lgpgan/pretrained/*.sha256
	$(BIN)/python recipes/default_weights/write_graphs.py src/lgpgan/pretrained

gallery: $(VENV)/dev.stamp
	$(BIN)/python recipes/gallery/draw_gallery.py docs/images
	mkdir -p $(RUNS)
	$(BIN)/python recipes/default_weights/list_photos.py $(SHARED)/data $(RUNS)/photos.csv
	$(BIN)/python recipes/gallery/draw_gallery.py $(RUNS)/gallery --photos $(RUNS)/photos.csv
	$(BIN)/python recipes/gallery/draw_gallery.py $(RUNS)/gallery/shuffled --photos $(RUNS)/photos.csv --shuffled

compare: export LGPGAN_FACE_MODEL := $(SHARED)/facekit/ict_facekit.npz
compare: studio-set
	$(BIN)/lgpgan compare $(RUNS)/studio --out $(RUNS)/compare --budget 40 --seeds 2 --faces 120 --cells docs/results/cells --overwrite
	cp $(RUNS)/compare/results.md docs/results/comparison.md
	$(BIN)/python recipes/comparison/draw_demo.py $(RUNS)/compare docs/images/methods_astronaut.jpg

benefit: $(VENV)/recognisers.stamp
	mkdir -p $(RUNS)
	$(BIN)/python recipes/default_weights/list_photos.py $(SHARED)/data $(RUNS)/smiles.csv --smiles
	$(BIN)/lgpgan prepare $(RUNS)/smiles.csv $(RUNS)/smiles --split keep
	$(BIN)/lgpgan augment $(RUNS)/smiles $(RUNS)/synthetic --per-class 400 --from any
	$(BIN)/lgpgan benefit $(RUNS)/smiles $(RUNS)/synthetic --test $(RUNS)/smiles --out $(RUNS)/benefit \
	  --people 1,2,4,8,all --seeds 2 --steps 150
	cp $(RUNS)/benefit/figures/accuracy.png docs/images/benefit_accuracy.png
	sed 's#figures/accuracy.png#../images/benefit_accuracy.png#' $(RUNS)/benefit/results.md > docs/results/benefit.md

paper-check: $(VENV)/dev.stamp
	$(BIN)/python recipes/paper_check/list_renders.py $(RUNS)/studio $(RUNS)/renders.csv
	$(BIN)/lgpgan prepare $(RUNS)/renders.csv $(RUNS)/labelled
	$(BIN)/lgpgan train $(RUNS)/labelled --out $(RUNS)/paper --preset paper --networks flow \
	  --images 8000 --batch 8 --discriminator-updates 2 --generator-rate 4e-4 \
	  --discriminator-rate 2e-4 --report-every 200 --validate-every 4000 --save-every 4000
	$(BIN)/python recipes/paper_check/plot_curves.py $(RUNS)/paper docs/images/paper_curves.png

bench: $(VENV)/dev.stamp
	$(BIN)/lgpgan evaluate default $(RUNS)/studio --sources neutral
	$(BIN)/python benchmarks/control.py $(RUNS)/photos.csv
	$(BIN)/python benchmarks/landmarks.py $(RUNS)/studio --shared $(SHARED)
	$(BIN)/python benchmarks/robustness.py $(RUNS)/studio
	$(BIN)/python benchmarks/believability.py --shared $(SHARED) --group report
	$(BIN)/python benchmarks/speed.py --data $(RUNS)/studio --shared $(SHARED)
	$(BIN)/python benchmarks/performance.py --photos $(SHARED)/data/london_neutral
	$(BIN)/python benchmarks/starting.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/preparing.py --shared $(SHARED)
	$(BIN)/python benchmarks/folders.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/serving_page.py
	$(BIN)/python benchmarks/augmenting.py $(RUNS)/studio --faces 1000
	$(BIN)/python benchmarks/evaluation.py $(RUNS)/studio

package:
	rm -rf dist
	test -x $(VENV)/packaging/bin/python || $(PYTHON) -m venv $(VENV)/packaging
	$(VENV)/packaging/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt build twine
	$(VENV)/packaging/bin/python -m build --outdir dist
	$(VENV)/packaging/bin/twine check --strict dist/*

install-check: FRESH := $(VENV)/fresh
install-check: package $(VENV)/dev.stamp
	rm -rf $(FRESH)
	$(PYTHON) -m venv $(FRESH)
	$(FRESH)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt dist/*.whl
	$(BIN)/python examples/demo_photo.py $(FRESH)/astronaut.png
	cd $(FRESH) && bin/lgpgan doctor && bin/lgpgan edit astronaut.png --to happy -o happy.png
	$(FRESH)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt 'lgpgan[heic]'
	$(FRESH)/bin/lgpgan doctor | grep '^ok *lgpgan.heic'
	LGPGAN_EVERY_EXTRA=1 $(BIN)/pytest tests/test_installation.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache

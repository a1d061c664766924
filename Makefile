# The short way. `make` builds build/towline, `make test` builds and runs every test that needs no container engine,
# `make check` those that the last commit and what came after it can have broken; the rest is CMake with the presets of
# CMakePresets.json.
.PHONY: all test check demo lint format bench deb clean
.DELETE_ON_ERROR:

all:
	scripts/setup --build-only
	cmake --preset release -DTOWLINE_TESTS=OFF
	cmake --build --preset release --target towline
	cp build/release/towline build/towline.debug
	strip -o build/towline.new build/towline.debug
	mv build/towline.new build/towline
	@ls -lh build/towline build/towline.debug

test:
	scripts/test

check:
	scripts/check

demo:
	scripts/demo $(MODE)

lint:
	scripts/lint

format:
	find src tests bench \( -name '*.hpp' -o -name '*.cpp' \) -exec clang-format-19 -i {} +

bench:
	bench/run

# build/towline_VERSION_ARCH.deb
deb: all
	scripts/deb

# Keeps build/deps, which scripts/setup rebuilds when it has to, and build/engine, which may be running.
clean:
	find build -mindepth 1 -maxdepth 1 ! -name deps ! -name engine -exec rm -rf {} +

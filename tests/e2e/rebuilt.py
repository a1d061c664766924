"""The image, built once more, is the same to the last byte: who builds a release can see that it is made of this source."""
import rig
from rig import IMAGE, docker, inspect


def is_the_same_when_built_again():
    image_id = inspect(IMAGE, "image")["Id"]
    # Another number of jobs runs the last steps again: configure, compile every file, link, strip, pack.
    again = "towline-again:test"
    rig.build(again, *rig.source_arguments(), "--build-arg", f"JOBS={rig.os.cpu_count() + 1}")
    again_id = inspect(again, "image")["Id"]
    docker("image", "rm", again)
    assert again_id == image_id, f"{image_id} became {again_id}"


def main():
    suite = rig.Suite(__doc__)
    suite.check(rig.build_images, name="the_images_build")
    suite.check(is_the_same_when_built_again)
    suite.end()


if __name__ == "__main__":
    main()

"""YAML that says a thing once."""
import yaml


class Loader(yaml.SafeLoader):
    """Refuses a map with a key twice, of which YAML parsers silently take the last."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.YAMLError(f"{node.start_mark}: twice: {', '.join(twice)}")
        return super().construct_mapping(node, deep)

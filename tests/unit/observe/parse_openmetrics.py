# Reads an OpenMetrics exposition with the reference parser, which raises on the first violation.
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

print("families:", len(list(text_string_to_metric_families(sys.stdin.read()))))

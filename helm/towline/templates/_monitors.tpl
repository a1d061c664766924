{{/* Where and how Prometheus asks, as an endpoint of a ServiceMonitor or a PodMonitor. Takes its values. */}}
{{- define "towline.scrape" -}}
port: admin
path: /metrics
{{- range $name := list "interval" "scrapeTimeout" "scheme" }}
{{- with get $ $name }}
{{ $name }}: {{ . }}
{{- end }}
{{- end }}
{{- if .honorLabels }}
honorLabels: true
{{- end }}
{{- range $name := list "tlsConfig" "relabelings" "metricRelabelings" }}
{{- with get $ $name }}
{{ $name }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

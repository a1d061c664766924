{{/*
For the pods of other charts: towline as a native sidecar (Kubernetes 1.29 and later). Depend on this chart with the
value sidecarOnly: true, and write into the pod's template

  initContainers:
    {{- include "towline.sidecar" .Subcharts.towline | nindent 8 }}
  volumes:
    {{- include "towline.sidecar.volumes" .Subcharts.towline | nindent 8 }}

The pod needs fsGroup: 65532 (or whatever group) in its securityContext, and enableServiceLinks: false. Secrets that
createSecret and knownHosts.inline make belong to the release and are made with sidecarOnly too.
*/}}
{{- define "towline.sidecar" -}}
{{- include "towline.check" (dict "root" . "sidecar" true) -}}
- name: towline
  restartPolicy: Always
  {{- include "towline.container" (dict "root" . "sidecar" true) | nindent 2 }}
{{- end -}}

{{- define "towline.sidecar.volumes" -}}
{{- include "towline.volumes" . -}}
{{- end -}}

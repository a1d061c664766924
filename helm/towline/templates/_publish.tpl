{{/* A service that makes the -R public: its variables. */}}

{{/* The variable behind each key of `publish` that is a text. */}}
{{- define "towline.publishVariables" -}}
options: SSH_PUBLISH_OPTIONS
service: SSH_PUBLISH
urlFile: TOWLINE_URL_FILE
urlRegex: SSH_PUBLISH_URL_REGEX
{{- end -}}

{{/* As a YAML map. Takes the root context. */}}
{{- define "towline.publishEnv" -}}
{{- $env := dict -}}
{{- range $key, $variable := include "towline.publishVariables" . | fromYaml -}}
{{- $value := get $.Values.publish $key -}}
{{- if not (empty $value) -}}{{- $_ := set $env $variable (include "towline.filled" (dict "text" (include "towline.text" $value) "root" $)) -}}{{- end -}}
{{- end -}}
{{- $expected := list -}}
{{- range $name := keys (.Values.publish.expect | default dict) | sortAlpha -}}
{{- with get $.Values.publish.expect $name -}}{{- $expected = append $expected (printf "%s=%s" $name (include "towline.filled" (dict "text" . "root" $))) -}}{{- end -}}
{{- end -}}
{{- with $expected -}}{{- $_ := set $env "SSH_PUBLISH_EXPECT" (join "," .) -}}{{- end -}}
{{- toYaml $env -}}
{{- end -}}

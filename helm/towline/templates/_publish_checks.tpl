{{/* A YAML list of what is wrong with `publish`. Takes a dict: root, sidecar. */}}
{{- define "towline.publishProblems" -}}
{{- $root := .root -}}
{{- $publish := $root.Values.publish -}}
{{- $problems := list -}}
{{- $remotes := list -}}
{{- range include "towline.forwards" . | fromYamlArray -}}
{{- if eq .flag "-R" -}}
{{- $remotes = append $remotes .name -}}
{{- if and .path (not (has ($publish.service | toString) (list "" "off" "false"))) -}}
{{- $problems = append $problems (printf "forwards.%s.listen is a socket, which no service makes public: name a port" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $elsewhere := include "towline.hasVariable" (dict "root" $root "names" (list "SSH_FORWARDS" "SSH_MODE" "SSH_PUBLISH")) -}}
{{- range $name := keys $publish | sortAlpha -}}
{{- if and (ne $name "service") (not (empty (get $publish $name))) (not $publish.service) (not $elsewhere) -}}
{{- $problems = append $problems (printf "publish.%s is set, but publish.service is not: nothing would come of it" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $publish.service (ne ($publish.service | toString) "off") (not $remotes) (not $elsewhere) -}}
{{- $problems = append $problems "publish.service is set, but no forward has the flag -R: nothing would be public" -}}
{{- end -}}
{{- range $name := keys ($publish.expect | default dict) | sortAlpha -}}
{{- if and (not (has $name $remotes)) (not $elsewhere) -}}
{{- $problems = append $problems (printf "publish.expect.%s names no forward with the flag -R" $name) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

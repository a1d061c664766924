{{/* What a forward of -S has beside its place: host keys, users, what they may do. */}}

{{/* The variable behind each key of `endpoint`. */}}
{{- define "towline.endpointVariables" -}}
allow: TOWLINE_SHARE_ALLOW
banner: TOWLINE_BANNER
loginTimeout: TOWLINE_LOGIN_TIMEOUT
maxAuthTries: TOWLINE_MAX_AUTH_TRIES
maxClientChannels: TOWLINE_MAX_CLIENTS_CHANNELS
maxClients: TOWLINE_MAX_CLIENTS
maxClientsPerSource: TOWLINE_MAX_CLIENTS_PER_SOURCE
wait: TOWLINE_SHARE_WAIT
{{- end -}}

{{/*
The Secrets that are mounted for it, as a YAML list, each with volume, folder, secret and files (the variable of each
and the keys of the Secret). Takes the root context.
*/}}
{{- define "towline.endpointSecrets" -}}
{{- $all := list -}}
{{- $hosts := .Values.endpoint.hostKeys -}}
{{- with include "towline.filled" (dict "text" $hosts.existingSecret "root" .) -}}
{{- $all = append $all (dict "volume" "towline-host-keys" "folder" "/etc/towline/host-keys" "secret" .
      "files" (dict "TOWLINE_HOST_KEY_FILE" $hosts.keys)) -}}
{{- end -}}
{{- $users := .Values.endpoint.users -}}
{{- with include "towline.filled" (dict "text" $users.existingSecret "root" .) -}}
{{- $files := dict -}}
{{- range $what, $variable := dict "authorizedKeys" "TOWLINE_AUTHORIZED_KEYS_FILE" "userCaKeys" "TOWLINE_USER_CA_KEYS_FILE" "passwords" "TOWLINE_PASSWORDS_FILE" -}}
{{- with get $users $what -}}{{- $_ := set $files $variable (list .) -}}{{- end -}}
{{- end -}}
{{- $all = append $all (dict "volume" "towline-users" "folder" "/etc/towline/users" "secret" . "files" $files) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* Their variables, as a YAML map. Takes the root context. */}}
{{- define "towline.endpointEnv" -}}
{{- $env := dict -}}
{{- range $one := include "towline.endpointSecrets" . | fromYamlArray -}}
{{- range $variable, $keys := $one.files -}}
{{- $paths := list -}}
{{- range $keys -}}{{- $paths = append $paths (printf "%s/%s" $one.folder .) -}}{{- end -}}
{{- with $paths -}}{{- $_ := set $env $variable (join "," .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range $key, $variable := include "towline.endpointVariables" . | fromYaml -}}
{{- $value := get $.Values.endpoint $key -}}
{{- if kindIs "slice" $value -}}
{{- with $value -}}{{- $_ := set $env $variable (join "," .) -}}{{- end -}}
{{- else if ne (toString $value) "" -}}
{{- $_ := set $env $variable (include "towline.text" $value) -}}
{{- end -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{/* A YAML list of what is wrong with `endpoint`, and with an -S or an entrance that needs it. Takes a dict: root, sidecar. */}}
{{- define "towline.endpointProblems" -}}
{{- $root := .root -}}
{{- $endpoint := $root.Values.endpoint -}}
{{- $problems := list -}}
{{- $entrance := include "towline.isEntrance" $root -}}
{{- $shares := list -}}
{{- $exposed := list -}}
{{- range include "towline.forwards" . | fromYamlArray -}}
{{- if eq .flag "-S" -}}
{{- $shares = append $shares .name -}}
{{- if .exposed -}}{{- $exposed = append $exposed .name -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (not $shares) (not $entrance) (not (include "towline.hasVariable" (dict "root" $root "names" (list "SSH_FORWARDS" "SSH_MODE")))) -}}
{{- range $name := keys (include "towline.endpointVariables" $root | fromYaml) | sortAlpha -}}
{{- if not (empty (get $endpoint $name)) -}}
{{- $problems = append $problems (printf "endpoint.%s is set, but no forward has the flag -S: nothing would come of it" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "hostKeys" "users" -}}
{{- if (get $endpoint $name).existingSecret -}}
{{- $problems = append $problems (printf "endpoint.%s.existingSecret is set, but no forward has the flag -S: nothing would come of it" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $endpoint.hostKeys.existingSecret (not $endpoint.hostKeys.keys) -}}
{{- $problems = append $problems "endpoint.hostKeys.keys is empty: name the keys of the Secret that hold host keys" -}}
{{- end -}}
{{- $users := $endpoint.users -}}
{{- if and $users.existingSecret (not (or $users.authorizedKeys $users.userCaKeys $users.passwords)) -}}
{{- $problems = append $problems "endpoint.users names neither authorizedKeys, userCaKeys nor passwords: nobody could log in" -}}
{{- end -}}
{{- $login := list "TOWLINE_AUTHORIZED_KEYS" "TOWLINE_AUTHORIZED_KEYS_FILE" "TOWLINE_USER_CA_KEYS" "TOWLINE_USER_CA_KEYS_FILE" "TOWLINE_PASSWORDS_FILE" "TOWLINE_AUTH_URL" -}}
{{- if and $entrance (not $users.existingSecret) (not (include "towline.hasVariable" (dict "root" $root "names" $login))) -}}
{{- $problems = append $problems "endpoint.users.existingSecret is empty, and everybody could offer what they like under your domain: set it to a Secret that says who may (kubectl create secret generic NAME --from-file=authorized_keys=FILE)" -}}
{{- end -}}
{{- if and $exposed (not $users.existingSecret) (not (include "towline.hasVariable" (dict "root" $root "names" $login))) -}}
{{- $problems = append $problems (printf "forwards.%s listens on an address of the pod, and everybody who reaches it could use the server's account: set endpoint.users.existingSecret to a Secret that says who may (kubectl create secret generic NAME --from-file=authorized_keys=FILE), or listen on 127.0.0.1" (first $exposed)) -}}
{{- end -}}
{{- if and $exposed (not .sidecar) (include "towline.severalPods" $root) (not $endpoint.hostKeys.existingSecret) (not (include "towline.hasVariable" (dict "root" $root "names" (list "TOWLINE_HOST_KEY" "TOWLINE_HOST_KEY_FILE")))) -}}
{{- $problems = append $problems (printf "forwards.%s has several pods, and each would show its clients another host key: set endpoint.hostKeys.existingSecret (ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key, then kubectl create secret generic NAME --from-file=ssh_host_ed25519_key)" (first $exposed)) -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

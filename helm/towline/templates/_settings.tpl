{{/* The variable behind each key of `settings`; all but the names that the chart sets itself. */}}
{{- define "towline.variables" -}}
accessLog: TOWLINE_ACCESS_LOG
authSock: SSH_AUTH_SOCK
backoffMax: TOWLINE_BACKOFF_MAX
connectTimeout: SSH_CONNECT_TIMEOUT
connections: SSH_CONNECTIONS
controlListen: TOWLINE_CONTROL_LISTEN
exitOn: TOWLINE_EXIT_ON
gateTime: AUTOSSH_GATETIME
hostKeyFingerprints: SSH_HOST_KEY_FINGERPRINT
idleTimeout: TOWLINE_IDLE_TIMEOUT
logFormat: TOWLINE_LOG_FORMAT
logLevel: TOWLINE_LOG_LEVEL
maxConnections: TOWLINE_MAX_CONNECTIONS
maxLifetime: AUTOSSH_MAXLIFETIME
maxStart: AUTOSSH_MAXSTART
portFile: TOWLINE_PORT_FILE
probe: SSH_PROBE
probeInterval: SSH_PROBE_INTERVAL
readyPolicy: TOWLINE_READY_POLICY
remoteSelect: SSH_REMOTE_SELECT
serverAliveCountMax: SSH_SERVER_ALIVE_COUNT_MAX
serverAliveInterval: SSH_SERVER_ALIVE_INTERVAL
sshOptions: SSH_OPTIONS
stateDir: TOWLINE_STATE_DIR
strictEnv: TOWLINE_STRICT_ENV
strictHostKeyChecking: SSH_STRICT_HOST_KEY_CHECKING
targetTimeout: TOWLINE_TARGET_TIMEOUT
{{- end -}}

{{/* Time for clients to notice that /readyz has turned; of no use where no Service sends them. */}}
{{- define "towline.shutdownDelay" -}}
{{- if ne (toString .Values.settings.shutdownDelay) "" -}}
{{- include "towline.text" .Values.settings.shutdownDelay -}}
{{- else -}}
{{- ternary "5s" "0s" (eq (include "towline.hasService" .) "true") -}}
{{- end -}}
{{- end -}}

{{/* What the grace period leaves after the delay, less 5 s to cancel the binds and to close. */}}
{{- define "towline.drainTimeout" -}}
{{- if ne (toString .Values.settings.drainTimeout) "" -}}
{{- include "towline.text" .Values.settings.drainTimeout -}}
{{- else -}}
{{- $delay := include "towline.shutdownDelay" . | include "towline.seconds" | int -}}
{{- printf "%ds" (max 0 (sub (sub (int .Values.terminationGracePeriodSeconds) $delay) 5)) -}}
{{- end -}}
{{- end -}}

{{/* Where the Secret's keys and the known hosts are mounted: folders, as the kubelet renews no file of a subPath. */}}
{{- define "towline.secretFolder" -}}/etc/towline/secret{{- end -}}
{{- define "towline.knownHostsFolder" -}}/etc/towline/known-hosts{{- end -}}

{{/* The name of the Secret in use, or nothing. */}}
{{- define "towline.secretName" -}}
{{- if .Values.createSecret.enabled -}}
{{- include "towline.fullname" . -}}
{{- else -}}
{{- include "towline.filled" (dict "text" .Values.existingSecret "root" .) -}}
{{- end -}}
{{- end -}}

{{/* Which key of the Secret is what, as a YAML map without what is not there. */}}
{{- define "towline.secretKeys" -}}
{{- $keys := dict -}}
{{- if .Values.createSecret.enabled -}}
{{- range $what, $key := dict "privateKey" "ssh-privatekey" "passphrase" "passphrase" "certificate" "ssh-certificate" "password" "password" -}}
{{- if get $.Values.createSecret $what -}}{{- $_ := set $keys $what $key -}}{{- end -}}
{{- end -}}
{{- else if .Values.existingSecret -}}
{{- range $what, $key := omit .Values.existingSecretKeys "jumpKeys" -}}
{{- if $key -}}{{- $_ := set $keys $what $key -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $keys -}}
{{- end -}}

{{/* The variables that the chart sets, as a YAML map. Takes a dict: root, sidecar. */}}
{{- define "towline.ownEnv" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $env := dict "TOWLINE_ADMIN_LISTEN" ":9022" -}}
{{- with $values.server.host -}}{{- $_ := set $env "SSH_REMOTE_HOST" (include "towline.filled" (dict "text" . "root" $root)) -}}{{- end -}}
{{- if or $values.server.host (ne (int $values.server.port) 22) -}}{{- $_ := set $env "SSH_REMOTE_PORT" (include "towline.text" $values.server.port) -}}{{- end -}}
{{- with $values.server.user -}}{{- $_ := set $env "SSH_REMOTE_USER" (include "towline.filled" (dict "text" . "root" $root)) -}}{{- end -}}
{{- with $values.server.jumpHosts -}}{{- $_ := set $env "SSH_JUMP_HOSTS" (include "towline.filled" (dict "text" (join "," .) "root" $root)) -}}{{- end -}}

{{- $lines := list -}}
{{- range include "towline.forwards" . | fromYamlArray -}}{{- $lines = append $lines .line -}}{{- end -}}
{{- with $lines -}}{{- $_ := set $env "SSH_FORWARDS" (join "\n" .) -}}{{- end -}}

{{- $folder := include "towline.secretFolder" $root -}}
{{- $variables := dict "privateKey" "SSH_KEY_FILE" "passphrase" "SSH_KEY_PASSPHRASE_FILE" "certificate" "SSH_CERTIFICATE_FILE" "password" "SSH_PASSWORD_FILE" "knownHosts" "SSH_KNOWN_HOSTS_FILE" -}}
{{- range $what, $key := include "towline.secretKeys" $root | fromYaml -}}
{{- $_ := set $env (get $variables $what) (printf "%s/%s" $folder $key) -}}
{{- end -}}
{{- if and $values.existingSecret (not $values.createSecret.enabled) -}}
{{- $paths := list -}}
{{- range $values.existingSecretKeys.jumpKeys -}}{{- $paths = append $paths (printf "%s/%s" $folder .) -}}{{- end -}}
{{- with $paths -}}{{- $_ := set $env "SSH_JUMP_KEY_FILE" (join "," .) -}}{{- end -}}
{{- end -}}
{{- if or $values.knownHosts.inline $values.knownHosts.existingConfigMap -}}
{{- $_ := set $env "SSH_KNOWN_HOSTS_FILE" (printf "%s/%s" (include "towline.knownHostsFolder" $root) $values.knownHosts.key) -}}
{{- end -}}

{{- range $key, $variable := include "towline.variables" $root | fromYaml -}}
{{- $value := get $values.settings $key -}}
{{- if kindIs "slice" $value -}}
{{- with $value -}}{{- $_ := set $env $variable (join "," .) -}}{{- end -}}
{{- else if kindIs "bool" $value -}}
{{- $_ := set $env $variable (ternary (ternary "yes" "true" (eq $key "strictHostKeyChecking")) (ternary "no" (ternary "off" "false" (has $key (list "probe" "controlListen"))) (eq $key "strictHostKeyChecking")) $value) -}}
{{- else if and (not (kindIs "invalid" $value)) (ne (toString $value) "") -}}
{{- $_ := set $env $variable (include "towline.text" $value) -}}
{{- end -}}
{{- end -}}
{{- $env = merge $env (include "towline.endpointEnv" $root | fromYaml) (include "towline.publishEnv" $root | fromYaml) (include "towline.exposeEnv" $root | fromYaml) -}}
{{- $_ := set $env "TOWLINE_SHUTDOWN_DELAY" (ternary "0s" (include "towline.shutdownDelay" $root) (.sidecar | default false)) -}}
{{- $_ := set $env "TOWLINE_DRAIN_TIMEOUT" (include "towline.drainTimeout" $root) -}}
{{- toYaml $env -}}
{{- end -}}

{{/* extraEnv with its templates filled in, as a YAML list. */}}
{{- define "towline.extraEnv" -}}
{{- include "towline.filled" (dict "text" (toYaml (.Values.extraEnv | default list)) "root" .) -}}
{{- end -}}

{{/*
The list in a container's env: each name once, and extraEnv wins. It comes last, so that it may use $(NAME) of the
chart's. Takes a dict: root, sidecar.
*/}}
{{- define "towline.env" -}}
{{- $env := include "towline.ownEnv" . | fromYaml -}}
{{- $extra := include "towline.extraEnv" .root | fromYamlArray -}}
{{- range $extra -}}{{- $_ := unset $env .name -}}{{- end -}}
{{- $list := list -}}
{{- range $name, $value := $env -}}{{- $list = append $list (dict "name" $name "value" $value) -}}{{- end -}}
{{- toYaml (concat $list $extra) -}}
{{- end -}}

{{/*
"true" if one of these variables may be set without the chart: extraEnv has it, or what extraEnvFrom brings is not known
here. Takes a dict: root, names.
*/}}
{{- define "towline.hasVariable" -}}
{{- $names := .names -}}
{{- $found := not (empty .root.Values.extraEnvFrom) -}}
{{- range include "towline.extraEnv" .root | fromYamlArray -}}
{{- if has .name $names -}}{{- $found = or $found (not (empty (or .value .valueFrom))) -}}{{- end -}}
{{- end -}}
{{- if $found -}}true{{- end -}}
{{- end -}}

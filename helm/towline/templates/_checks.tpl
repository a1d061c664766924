{{/*
What the schema cannot say because it takes two values to see it: stops with all that is wrong and what would be
right. Takes a dict: root, sidecar.
*/}}
{{- define "towline.check" -}}
{{- $root := .root -}}
{{- $sidecar := .sidecar | default false -}}
{{- $values := $root.Values -}}
{{- $problems := list -}}
{{- $more := or $values.extraEnv $values.extraEnvFrom -}}
{{- $forwards := include "towline.forwards" . | fromYamlArray -}}

{{- if and (not $values.server.host) (not $more) -}}
{{- $problems = append $problems "server.host is empty: set it to the name or address of the SSH server" -}}
{{- end -}}
{{- if and (not $forwards) (not $more) -}}
{{- $problems = append $problems "forwards is empty: add at least one, for example forwards.db.flag=-L, forwards.db.listen=5432, forwards.db.connect=db.internal:5432" -}}
{{- end -}}
{{- if and $values.existingSecret $values.createSecret.enabled -}}
{{- $problems = append $problems "existingSecret and createSecret.enabled are both set: choose one" -}}
{{- end -}}
{{- if and $values.createSecret.enabled (not $values.createSecret.privateKey) (not $values.createSecret.password) -}}
{{- $problems = append $problems "createSecret.enabled is true, but there is neither createSecret.privateKey nor createSecret.password in it" -}}
{{- end -}}
{{- if not (or $values.existingSecret $values.createSecret.enabled $values.settings.authSock $more) -}}
{{- $problems = append $problems "there is nothing to log in with: set existingSecret to the name of a Secret with the private key (kubectl create secret generic NAME --from-file=ssh-privatekey=FILE)" -}}
{{- end -}}
{{- if and $values.existingSecret (not $values.existingSecretKeys.privateKey) (not $values.existingSecretKeys.password) -}}
{{- $problems = append $problems "existingSecretKeys names neither a privateKey nor a password" -}}
{{- end -}}
{{- if and $values.knownHosts.inline $values.knownHosts.existingConfigMap -}}
{{- $problems = append $problems "knownHosts.inline and knownHosts.existingConfigMap are both set: choose one" -}}
{{- end -}}

{{- $taken := dict "9022" "the admin port" -}}
{{- $services := dict -}}
{{- range $forwards -}}
{{- $where := printf "forwards.%s" .name -}}
{{- if eq .name "admin" -}}
{{- $problems = append $problems "forwards.admin: the port of this name is towline's own, choose another name" -}}
{{- end -}}
{{- $place := regexMatch "^(/[^\\s;:]+|([^\\s;/]+:)?[0-9]{1,5})$" .listen -}}
{{- if not $place -}}
{{- $problems = append $problems (printf "%s.listen is %q, which is neither a port, address:port nor the path of a socket" $where .listen) -}}
{{- else if gt (int .port) 65535 -}}
{{- $problems = append $problems (printf "%s.listen has port %d; ports end at 65535" $where (int .port)) -}}
{{- end -}}
{{- if eq .flag "-D" -}}
{{- if .target -}}{{- $problems = append $problems (printf "%s.connect is set, but -D has no target: its clients name theirs" $where) -}}{{- end -}}
{{- if .path -}}{{- $problems = append $problems (printf "%s.listen is a socket, but -D listens on a port" $where) -}}{{- end -}}
{{- else if not .target -}}
{{- $problems = append $problems (printf "%s.connect is empty: %s needs a target, host:port or the path of a socket" $where .flag) -}}
{{- else if not (regexMatch "^(/[^\\s;]+|[^\\s;/]+:[0-9]{1,5})$" .target) -}}
{{- $problems = append $problems (printf "%s.connect is %q, which is neither host:port nor the path of a socket" $where .target) -}}
{{- end -}}
{{- $forward := get $values.forwards .name -}}
{{- if and $forward.proxyProtocol (ne .flag "-R") -}}
{{- $problems = append $problems (printf "%s.proxyProtocol is only for -R" $where) -}}
{{- end -}}
{{- if and $forward.probe (eq .flag "-D") -}}
{{- $problems = append $problems (printf "%s.probe is not for -D, which has no target" $where) -}}
{{- end -}}
{{- if and (ne .flag "-R") (not .path) $place -}}
{{- if eq (int .port) 0 -}}
{{- $problems = append $problems (printf "%s.listen has no port: a Service needs to know it, so choose one" $where) -}}
{{- else -}}
{{- with get $taken (toString (int .port)) -}}
{{- $problems = append $problems (printf "%s listens on port %s, which is taken by %s" $where (include "towline.text" $forward.listen) .) -}}
{{- end -}}
{{- $_ := set $taken (toString (int .port)) $where -}}
{{- end -}}
{{- if .served -}}
{{- with get $services (toString (int .servicePort)) -}}
{{- $problems = append $problems (printf "%s has the same port in the Service as %s: set servicePort" $where .) -}}
{{- end -}}
{{- $_ := set $services (toString (int .servicePort)) $where -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if not $sidecar -}}
{{- $fixed := include "towline.fixedRemotes" $root | fromYamlArray -}}
{{- if and $fixed (gt (int $values.replicaCount) 1) (not $values.remoteStandby) -}}
{{- $problems = append $problems (printf "replicaCount is %d, but one client only can listen on the server's port of %s: set replicaCount=1, or remoteStandby=true for one active replica and hot standbys" (int $values.replicaCount) (join ", " $fixed)) -}}
{{- end -}}
{{- $rolling := eq ($values.strategy.type | default "") "RollingUpdate" -}}
{{- if and $fixed $rolling (not $values.remoteStandby) -}}
{{- $problems = append $problems (printf "strategy.type is RollingUpdate, but the new pod cannot have the server's port of %s while the old one holds it: leave strategy empty, or set remoteStandby=true" (join ", " $fixed)) -}}
{{- end -}}
{{- $needed := add (include "towline.shutdownDelay" $root | include "towline.seconds" | int) (include "towline.drainTimeout" $root | include "towline.seconds" | int) -}}
{{- if gt (int $needed) (int $values.terminationGracePeriodSeconds) -}}
{{- $problems = append $problems (printf "settings.shutdownDelay and settings.drainTimeout take %d s together, more than terminationGracePeriodSeconds (%d): Kubernetes would kill towline while it drains" (int $needed) (int $values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- if and $values.podDisruptionBudget.minAvailable $values.podDisruptionBudget.maxUnavailable -}}
{{- $problems = append $problems "podDisruptionBudget.minAvailable and .maxUnavailable are both set: choose one" -}}
{{- end -}}
{{- if and $values.serviceMonitor.enabled $values.podMonitor.enabled -}}
{{- $problems = append $problems "serviceMonitor and podMonitor are both enabled: every metric would be scraped twice" -}}
{{- end -}}
{{- if and $values.serviceMonitor.enabled (not $values.metricsService.enabled) -}}
{{- $problems = append $problems "serviceMonitor needs metricsService.enabled, or take podMonitor" -}}
{{- end -}}
{{- end -}}

{{- if $problems -}}
{{- fail (printf "\n\ntowline: %d problem(s) in the values:\n  - %s\n" (len $problems) (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}

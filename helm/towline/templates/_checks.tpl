{{/*
What the schema cannot say, or could say only as a pattern: stops with all that is wrong and what would be right. Takes
a dict: root, sidecar.
*/}}
{{- define "towline.check" -}}
{{- $problems := concat
      (include "towline.formatProblems" .root | fromYamlArray)
      (include "towline.variableProblems" . | fromYamlArray)
      (include "towline.endpointProblems" . | fromYamlArray)
      (include "towline.exposeProblems" . | fromYamlArray) -}}
{{- if not (include "towline.isEntrance" .root) -}}
{{- $problems = concat $problems
      (include "towline.serverProblems" .root | fromYamlArray)
      (include "towline.loginProblems" .root | fromYamlArray)
      (include "towline.forwardProblems" . | fromYamlArray) (include "towline.publishProblems" . | fromYamlArray) -}}
{{- end -}}
{{- if not .sidecar -}}
{{- $problems = concat $problems
      (include "towline.podProblems" .root | fromYamlArray)
      (include "towline.serviceProblems" .root | fromYamlArray) -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\ntowline: %d problem(s) in the values:\n  - %s\n" (len $problems) (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}

{{/* The server and the way to it. */}}
{{- define "towline.serverProblems" -}}
{{- $problems := list -}}
{{- $server := .Values.server -}}
{{- $host := include "towline.filled" (dict "text" $server.host "root" .) -}}
{{- if not (or $host (include "towline.hasVariable" (dict "root" . "names" (list "SSH_REMOTE_HOST" "SSH_HOSTNAME")))) -}}
{{- $problems = append $problems "server.host is empty: set it to the name or address of the SSH server" -}}
{{- end -}}
{{- range compact (splitList "," $host) -}}
{{- $one := trim . -}}
{{- $port := regexFind "^([^:]+|\\[.*\\]):[0-9]+$" $one -}}
{{- if contains "://" $one -}}
{{- $problems = append $problems (printf "server.host is %s: write the name alone, without the scheme; a port goes into server.port" (include "towline.quoted" $one)) -}}
{{- else if contains "@" $one -}}
{{- $problems = append $problems (printf "server.host is %s: the user (%s) goes into server.user, only the name (%s) stays" (include "towline.quoted" $one) (regexReplaceAll "@[^@]*$" $one "") (regexFind "[^@]*$" $one)) -}}
{{- else if not (regexMatch "^(\\[[0-9a-fA-F:.]+(%[^\\]\\s]+)?\\]|[^\\s/:\\[\\]]+)(:[0-9]{1,5})?$|^[0-9a-fA-F:.]+(%[^\\s]+)?$" $one) -}}
{{- $problems = append $problems (printf "server.host is %s, which is neither a name, an address, host:port nor [v6]:port" (include "towline.quoted" $one)) -}}
{{- else if and $port (ne (int $server.port) 22) (ne (regexFind "[0-9]+$" $port | int) (int $server.port)) -}}
{{- $problems = append $problems (printf "server.host names a port (%s), and server.port is %d: keep one of them" $one (int $server.port)) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "[@\\n]" (include "towline.filled" (dict "text" $server.user "root" .)) -}}
{{- $problems = append $problems (printf "server.user is %s: write the user alone, the server goes into server.host; a name that really has an @ goes into extraEnv as SSH_REMOTE_USER" (include "towline.quoted" (include "towline.filled" (dict "text" $server.user "root" .)))) -}}
{{- end -}}
{{- range $option, $value := dict "-[LRD]" "forwards" "-p|(-o *)?Port[ =]" "server.port" -}}
{{- if regexMatch (printf "(^|\\s)(%s)" $option) $.Values.settings.sshOptions -}}
{{- $problems = append $problems (printf "settings.sshOptions holds what belongs into %s, which would win: move it there" $value) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* Keys, passwords and known hosts: what each is taken from. No message repeats a value. */}}
{{- define "towline.loginProblems" -}}
{{- $problems := list -}}
{{- $values := .Values -}}
{{- $created := $values.createSecret -}}
{{- $keys := $values.existingSecretKeys -}}
{{- if and $values.existingSecret $created.enabled -}}
{{- $problems = append $problems "existingSecret and createSecret.enabled are both set: choose one" -}}
{{- end -}}
{{- if and $created.enabled (not $created.privateKey) (not $created.password) -}}
{{- $problems = append $problems "createSecret.enabled is true, but there is neither createSecret.privateKey nor createSecret.password in it" -}}
{{- end -}}
{{- range $name, $value := omit $created "enabled" -}}
{{- if and $value (not $created.enabled) -}}
{{- $problems = append $problems (printf "createSecret.%s is set, but createSecret.enabled is false: nothing would come of it" $name) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "^\\s*(ssh|ecdsa|sk)-[-a-z0-9@.]+ AAAA" $created.privateKey -}}
{{- $problems = append $problems "createSecret.privateKey holds a public key: it takes the private one, from the file without .pub" -}}
{{- else if regexMatch "^(~|\\.{0,2}/)[^\\n]*$" $created.privateKey -}}
{{- $problems = append $problems "createSecret.privateKey holds a path, and takes the key itself: --set-file createSecret.privateKey=PATH" -}}
{{- end -}}
{{- $login := list "SSH_KEY" "SSH_KEY_FILE" "SSH_PASSWORD" "SSH_PASSWORD_FILE" "SSH_AUTH_SOCK" -}}
{{- $options := regexMatch "(^|\\s)-i|IdentityFile|IdentityAgent|PreferredAuthentications[ =]+none" $values.settings.sshOptions -}}
{{- if not (or $values.existingSecret $created.enabled $values.settings.authSock $options (include "towline.hasVariable" (dict "root" . "names" $login))) -}}
{{- $problems = append $problems "there is nothing to log in with: set existingSecret to the name of a Secret with the private key (kubectl create secret generic NAME --from-file=ssh-privatekey=FILE)" -}}
{{- end -}}
{{- if and $values.existingSecret (not $keys.privateKey) (not $keys.password) -}}
{{- $problems = append $problems "existingSecretKeys names neither a privateKey nor a password" -}}
{{- end -}}
{{- if and $values.knownHosts.inline $values.knownHosts.existingConfigMap -}}
{{- $problems = append $problems "knownHosts.inline and knownHosts.existingConfigMap are both set: choose one" -}}
{{- end -}}
{{- if and $values.existingSecret $keys.knownHosts (or $values.knownHosts.inline $values.knownHosts.existingConfigMap) -}}
{{- $problems = append $problems "existingSecretKeys.knownHosts and knownHosts are both set: choose one" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* extraEnv, and paths that have to be on a volume. Takes a dict: root, sidecar. */}}
{{- define "towline.variableProblems" -}}
{{- $root := .root -}}
{{- $problems := list -}}
{{- $variable := (include "towline.formats" . | fromYaml).variable -}}
{{- $ours := include "towline.ownEnv" . | fromYaml -}}
{{- $seen := dict -}}
{{- range $index, $one := include "towline.extraEnv" $root | fromYamlArray -}}
{{- with include "towline.formatProblem" (dict "where" (printf "extraEnv[%d].name" $index) "value" $one.name "format" $variable) -}}
{{- $problems = append $problems . -}}
{{- end -}}
{{- if hasKey $seen $one.name -}}
{{- $problems = append $problems (printf "extraEnv has %s twice: keep one" $one.name) -}}
{{- end -}}
{{- if and (hasKey $one "value") (hasKey $one "valueFrom") -}}
{{- $problems = append $problems (printf "extraEnv gives %s a value and a valueFrom: keep one" $one.name) -}}
{{- end -}}
{{- $_ := set $seen $one.name true -}}
{{- if and (eq $one.name "TOWLINE_ADMIN_LISTEN") (not (regexMatch "^(\\*|0\\.0\\.0\\.0|\\[::\\])?:9022$" ($one.value | default ""))) -}}
{{- $problems = append $problems "extraEnv sets TOWLINE_ADMIN_LISTEN, but the probes and the Service ask port 9022 of the pod: leave it out" -}}
{{- end -}}
{{- if and (eq $one.name "SSH_FORWARDS") (hasKey $ours "SSH_FORWARDS") -}}
{{- $problems = append $problems "extraEnv sets SSH_FORWARDS, and forwards is not empty: keep forwards, which the Service is made of" -}}
{{- end -}}
{{- $other := ternary (trimSuffix "_FILE" $one.name) (printf "%s_FILE" $one.name) (hasSuffix "_FILE" $one.name) -}}
{{- if and (hasKey $ours $other) (or $one.value $one.valueFrom) -}}
{{- $problems = append $problems (printf "extraEnv sets %s, and another value makes the chart set %s: keep one of them" $one.name $other) -}}
{{- end -}}
{{- end -}}

{{- $folders := list -}}
{{- range include "towline.filled" (dict "text" (toYaml ($root.Values.extraVolumeMounts | default list)) "root" $root) | fromYamlArray -}}
{{- $folders = append $folders (printf "%s/" (trimSuffix "/" .mountPath)) -}}
{{- end -}}
{{- $paths := dict "publish.urlFile" $root.Values.publish.urlFile -}}
{{- range $name := list "authSock" "controlListen" "portFile" "stateDir" -}}
{{- $_ := set $paths (printf "settings.%s" $name) (get $root.Values.settings $name) -}}
{{- end -}}
{{- range $name, $value := $paths -}}
{{- $path := $value | toString -}}
{{- $mounted := not (hasPrefix "/" $path) -}}
{{- range $folders -}}{{- $mounted = or $mounted (hasPrefix . (printf "%s/" $path)) -}}{{- end -}}
{{- if not $mounted -}}
{{- $problems = append $problems (printf "%s is %s, which is on no volume: mount one with extraVolumes and extraVolumeMounts" $name (include "towline.quoted" $path)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* How many pods there are, and what they may do at a time. */}}
{{- define "towline.podProblems" -}}
{{- $problems := list -}}
{{- $values := .Values -}}
{{- $daemon := eq $values.kind "DaemonSet" -}}
{{- $fixed := include "towline.fixedRemotes" . | fromYamlArray -}}
{{- if and $daemon (ne (int $values.replicaCount) 1) -}}
{{- $problems = append $problems (printf "replicaCount is %d, but a DaemonSet has a pod on each node: leave it out" (int $values.replicaCount)) -}}
{{- end -}}
{{- if and $fixed (include "towline.severalPods" .) (not $values.remoteStandby) -}}
{{- $pods := ternary "kind is DaemonSet" (printf "replicaCount is %d" (int $values.replicaCount)) $daemon -}}
{{- $one := ternary "kind=Deployment" "replicaCount=1" $daemon -}}
{{- $problems = append $problems (printf "%s, but only one client at a time can listen on the server's port of %s: set %s, or remoteStandby=true for one active replica and hot standbys" $pods (join ", " $fixed) $one) -}}
{{- end -}}
{{- $type := $values.strategy.type | default "" -}}
{{- if and $type (has $type (ternary (list "Recreate") (list "OnDelete") $daemon)) -}}
{{- $problems = append $problems (printf "strategy.type is %s, which a %s does not know: %s" $type $values.kind (ternary "RollingUpdate or OnDelete" "RollingUpdate or Recreate" $daemon)) -}}
{{- end -}}
{{- if and $values.strategy.rollingUpdate (ne $type "RollingUpdate") -}}
{{- $problems = append $problems "strategy.rollingUpdate is set without strategy.type=RollingUpdate, which it belongs to" -}}
{{- end -}}
{{- if and $fixed (eq $type "RollingUpdate") (not $daemon) (not $values.remoteStandby) -}}
{{- $problems = append $problems (printf "strategy.type is RollingUpdate, but the new pod cannot get the server's port of %s while the old one holds it: leave strategy empty, or set remoteStandby=true" (join ", " $fixed)) -}}
{{- end -}}
{{- $needed := add (include "towline.shutdownDelay" . | include "towline.seconds" | int) (include "towline.drainTimeout" . | include "towline.seconds" | int) -}}
{{- if gt (int $needed) (int $values.terminationGracePeriodSeconds) -}}
{{- $problems = append $problems (printf "settings.shutdownDelay and settings.drainTimeout take %d s together, more than terminationGracePeriodSeconds (%d): Kubernetes would kill towline while it drains" (int $needed) (int $values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- if and $values.podDisruptionBudget.minAvailable $values.podDisruptionBudget.maxUnavailable -}}
{{- $problems = append $problems "podDisruptionBudget.minAvailable and .maxUnavailable are both set: choose one" -}}
{{- end -}}
{{- if and $values.hostNetwork $values.networkPolicy.enabled -}}
{{- $problems = append $problems "networkPolicy.enabled and hostNetwork are both set: Kubernetes applies no policy to pods in the node's network" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* What the Services and those who read metrics need from each other. */}}
{{- define "towline.serviceProblems" -}}
{{- $problems := list -}}
{{- $values := .Values -}}
{{- $service := $values.service -}}
{{- if and $service.headless (or $service.clusterIP (ne $service.type "ClusterIP")) -}}
{{- $problems = append $problems "service.headless has no address: leave out service.clusterIP, and service.type is ClusterIP" -}}
{{- end -}}
{{- if eq $service.type "ClusterIP" -}}
{{- if $service.externalTrafficPolicy -}}
{{- $problems = append $problems "service.externalTrafficPolicy needs service.type NodePort or LoadBalancer" -}}
{{- end -}}
{{- range $name, $forward := $values.forwards -}}
{{- if and $forward $forward.nodePort -}}
{{- $problems = append $problems (printf "forwards.%s.nodePort needs service.type NodePort or LoadBalancer" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name := list "loadBalancerClass" "loadBalancerSourceRanges" -}}
{{- if and (get $service $name) (ne $service.type "LoadBalancer") -}}
{{- $problems = append $problems (printf "service.%s needs service.type LoadBalancer" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $values.serviceMonitor.enabled $values.podMonitor.enabled -}}
{{- $problems = append $problems "serviceMonitor and podMonitor are both enabled: every metric would be scraped twice" -}}
{{- end -}}
{{- if and $values.serviceMonitor.enabled (not $values.metricsService.enabled) -}}
{{- $problems = append $problems "serviceMonitor needs metricsService.enabled, or take podMonitor" -}}
{{- end -}}
{{- range $monitor := list "serviceMonitor" "podMonitor" -}}
{{- if and (get $values $monitor).tlsConfig (ne (get $values $monitor).scheme "https") -}}
{{- $problems = append $problems (printf "%s.tlsConfig is set, but not %s.scheme=https: it would have no effect" $monitor $monitor) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

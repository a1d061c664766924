{{/*
The forwards as a YAML list sorted by name, each with name, flag, line (for SSH_FORWARDS), host and port (or path) it
listens at, target (host:port or path), fixed (a remote forward that asks for one port), served (the Service can reach
it), exposed (others than the pod itself reach it), servicePort and so on. Takes a dict: root; sidecar (true: a port alone is on loopback, as only the pod's own
containers are to use it).
*/}}
{{- define "towline.forwards" -}}
{{- $root := .root -}}
{{- $everywhere := ternary "127.0.0.1" "*" (.sidecar | default false) -}}
{{- $all := list -}}
{{- range $name := keys $root.Values.forwards | sortAlpha -}}
{{- $forward := get $root.Values.forwards $name -}}
{{- if $forward -}}
{{- $flag := $forward.flag | default "" -}}
{{- $listen := include "towline.filled" (dict "text" (include "towline.text" ($forward.listen | default "0")) "root" $root) -}}
{{- $connect := include "towline.filled" (dict "text" ($forward.connect | default "") "root" $root) -}}
{{- $local := ne $flag "-R" -}}
{{- $path := ternary $listen "" (hasPrefix "/" $listen) -}}
{{- $port := ternary "" (regexFind "[0-9]+$" $listen) (ne $path "") -}}
{{- $host := ternary "" (trimSuffix (printf ":%s" $port) $listen) (or (ne $path "") (eq $listen $port)) -}}
{{- if and $local (eq $host "") (eq $path "") -}}
{{- $host = $everywhere -}}
{{- $listen = printf "%s:%s" $host $port -}}
{{- end -}}
{{- $line := printf "%s=%s %s" $name $flag $listen -}}
{{- if $connect -}}{{- $line = printf "%s:%s" $line $connect -}}{{- end -}}
{{- if and (hasKey $forward "required") (not $forward.required) -}}{{- $line = printf "%s required=no" $line -}}{{- end -}}
{{- range $option, $word := dict "maxConnections" "max_connections" "idleTimeout" "idle_timeout" "probe" "probe" "proxyProtocol" "proxy_protocol" -}}
{{- if not (empty (get $forward $option)) -}}
{{- $line = printf "%s %s=%s" $line $word (include "towline.text" (get $forward $option)) -}}
{{- end -}}
{{- end -}}
{{- $loopback := or (hasPrefix "127." $host) (has $host (list "localhost" "[::1]" "::1")) -}}
{{- $all = append $all (dict "name" $name "flag" $flag "line" $line "listen" $listen "host" $host "path" $path
      "port" ($port | int) "target" $connect "fixed" (and (not $local) (or (ne $path "") (gt ($port | int) 0)))
      "exposed" (and $local (eq $path "") (not $loopback))
      "served" (and $local (eq $path "") (not $loopback) (ne ($forward.service | toString) "false"))
      "servicePort" ($forward.servicePort | default $port | int) "nodePort" ($forward.nodePort | default 0 | int)
      "appProtocol" ($forward.appProtocol | default "")) -}}
{{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* "true" if a remote forward asks for one port of the server, which one client only can have at a time. */}}
{{- define "towline.hasFixedRemote" -}}
{{- range include "towline.forwards" (dict "root" .) | fromYamlArray -}}
{{- if .fixed -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* The names of those forwards, as a YAML list. */}}
{{- define "towline.fixedRemotes" -}}
{{- $names := list -}}
{{- range include "towline.forwards" (dict "root" .) | fromYamlArray -}}
{{- if .fixed -}}{{- $names = append $names .name -}}{{- end -}}
{{- end -}}
{{- toYaml $names -}}
{{- end -}}

{{/* What belongs into the Service, as a YAML list: forwards, or where the entrance listens. */}}
{{- define "towline.served" -}}
{{- $served := include "towline.entrances" . | fromYamlArray -}}
{{- range include "towline.forwards" (dict "root" .) | fromYamlArray -}}
{{- if .served -}}{{- $served = append $served . -}}{{- end -}}
{{- end -}}
{{- toYaml $served -}}
{{- end -}}

{{/* "true" if there is a Service for them. */}}
{{- define "towline.hasService" -}}
{{- if and .Values.service.enabled (include "towline.served" . | fromYamlArray) -}}true{{- end -}}
{{- end -}}

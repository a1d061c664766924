{{/* A YAML list of what is wrong with `mode` and `expose`. Takes a dict: root, sidecar. */}}
{{- define "towline.exposeProblems" -}}
{{- $root := .root -}}
{{- $problems := list -}}
{{- if not (include "towline.isEntrance" $root) -}}
{{- $expose := $root.Values.expose -}}
{{- $set := list -}}
{{- range $name := append (keys (include "towline.exposeVariables" $root | fromYaml)) "tcpPorts" | sortAlpha -}}
{{- if and (not (empty (get $expose $name))) -}}{{- $set = append $set $name -}}{{- end -}}
{{- end -}}
{{- if include "towline.tlsSecrets" $root | fromYamlArray -}}{{- $set = append $set "tls" -}}{{- end -}}
{{- range $set -}}
{{- $problems = append $problems (printf "expose.%s is set, but mode is tunnel: nothing would come of it without mode=expose" .) -}}
{{- end -}}
{{- else -}}
{{- if .sidecar -}}
{{- $problems = append $problems "mode is expose, but the public entrance is no sidecar: it belongs to no other container; install it as a release of its own" -}}
{{- end -}}
{{- $problems = concat $problems
      (include "towline.tunnelValueProblems" $root | fromYamlArray)
      (include "towline.placesOfEntranceProblems" . | fromYamlArray)
      (include "towline.tcpPortProblems" $root | fromYamlArray)
      (include "towline.tlsProblems" $root | fromYamlArray) -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* What is written for a tunnel, which an entrance is not. */}}
{{- define "towline.tunnelValueProblems" -}}
{{- $problems := list -}}
{{- $values := .Values -}}
{{- $server := $values.server -}}
{{- if or $server.host $server.user $server.jumpHosts (ne (int $server.port) 22) -}}
{{- $problems = append $problems "server is set, but mode is expose: clients come to towline, and there is no server that it connects to; leave it out" -}}
{{- end -}}
{{- $forwards := list -}}
{{- range $name, $forward := $values.forwards -}}{{- if $forward -}}{{- $forwards = append $forwards $name -}}{{- end -}}{{- end -}}
{{- if $forwards -}}
{{- $problems = append $problems (printf "forwards.%s is set, but mode is expose, where clients say what they offer: forwards are a release of their own" (first ($forwards | sortAlpha))) -}}
{{- end -}}
{{- $login := dict "existingSecret" $values.existingSecret "createSecret.enabled" $values.createSecret.enabled
      "knownHosts" (or $values.knownHosts.inline $values.knownHosts.existingConfigMap) -}}
{{- range $name, $value := $login -}}
{{- if $value -}}
{{- $problems = append $problems (printf "%s is set, but mode is expose: towline logs in nowhere; host keys and users of the entrance are in endpoint" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "authSock" "backoffMax" "connectTimeout" "connections" "exitOn" "gateTime" "hostKeyFingerprints" "idleTimeout" "maxConnections" "maxStart" "probe" "probeInterval" "remoteSelect" "sshOptions" "strictHostKeyChecking" "targetTimeout" -}}
{{- $value := get $values.settings $name -}}
{{- if not (has (toString $value) (list "" "[]")) -}}
{{- $problems = append $problems (printf "settings.%s is set, but mode is expose: it is for tunnels" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "allow" "wait" -}}
{{- if not (has (toString (get $values.endpoint $name)) (list "" "[]")) -}}
{{- $problems = append $problems (printf "endpoint.%s is set, but mode is expose: it is for clients of -S%s" $name (ternary "; expose.allow says what may be offered" "" (eq $name "allow"))) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "serverCidrs" "serverPorts" "targetsTo" -}}
{{- if get $values.networkPolicy $name -}}
{{- $problems = append $problems (printf "networkPolicy.%s is set, but mode is expose: towline connects to no server and to no target" $name) -}}
{{- end -}}
{{- end -}}
{{- if $values.remoteStandby -}}
{{- $problems = append $problems "remoteStandby is for tunnels with an -R, and mode is expose: leave it out" -}}
{{- end -}}
{{- if or (gt (int $values.replicaCount) 1) (eq $values.kind "DaemonSet") -}}
{{- $pods := ternary "kind is DaemonSet" (printf "replicaCount is %d" (int $values.replicaCount)) (eq $values.kind "DaemonSet") -}}
{{- $problems = append $problems (printf "%s, but names live in one process: half of the visitors would come to a pod that does not know their client; set %s" $pods (ternary "kind=Deployment" "replicaCount=1" (eq $values.kind "DaemonSet"))) -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* Ports that are there twice or cannot be had, and variables that the Service would not know of. Takes a dict: root, sidecar. */}}
{{- define "towline.placesOfEntranceProblems" -}}
{{- $root := .root -}}
{{- $problems := list -}}
{{- range include "towline.extraEnv" $root | fromYamlArray -}}
{{- if has .name (list "SSH_MODE" "SSH_FORWARDS" "TOWLINE_SSH_LISTEN" "TOWLINE_HTTP_LISTEN" "TOWLINE_HTTPS_LISTEN" "TOWLINE_EXPOSE_DOMAIN" "TOWLINE_EXPOSE_PORTS") -}}
{{- $problems = append $problems (printf "extraEnv sets %s, which the chart sets out of mode and expose: leave it out" .name) -}}
{{- end -}}
{{- end -}}
{{- $values := $root.Values -}}
{{- $taken := dict "9022" "the admin port" -}}
{{- $services := dict -}}
{{- range $one := include "towline.entrances" $root | fromYamlArray -}}
{{- $port := toString (int $one.port) -}}
{{- $servicePort := toString (int $one.servicePort) -}}
{{- with get $taken $port -}}
{{- $problems = append $problems (printf "%s listens on port %s, which is taken by %s" $one.where $port .) -}}
{{- end -}}
{{- $_ := set $taken $port $one.where -}}
{{- with get $services $servicePort -}}
{{- $problems = append $problems (printf "%s has the port %s in the Service, as %s has: set its servicePort" $one.where $servicePort .) -}}
{{- end -}}
{{- $_ := set $services $servicePort $one.where -}}
{{- if and $one.nodePort (eq $values.service.type "ClusterIP") -}}
{{- $problems = append $problems (printf "%s.nodePort needs service.type NodePort or LoadBalancer" $one.where) -}}
{{- end -}}
{{- if and (lt (int $one.port) 1024) (not (include "towline.bindsLowPorts" (dict "root" $root "sidecar" false))) -}}
{{- $problems = append $problems (printf "%s listens on port %s, but ports below 1024 need a right that the container does not have: choose a port from 1024 up, or run it as root with the capability NET_BIND_SERVICE" $one.where $port) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* The TCP ports that clients may have. */}}
{{- define "towline.tcpPortProblems" -}}
{{- $problems := list -}}
{{- $expose := .Values.expose -}}
{{- $ports := list -}}
{{- range $expose.tcpPorts -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- $kinds := $expose.allow | default (list "http" "tcp" "alias" "sni") -}}
{{- $range := include "towline.text" $expose.ports -}}
{{- if and $ports (not (has "tcp" $kinds)) -}}
{{- $problems = append $problems "expose.tcpPorts is set, but expose.allow has no tcp" -}}
{{- end -}}
{{- if and $ports (eq $range "none") -}}
{{- $problems = append $problems "expose.ports is none, and expose.tcpPorts is set: keep one of them" -}}
{{- else if and $ports (regexMatch "^[0-9]+(-[0-9]+)?$" $range) -}}
{{- $first := regexFind "^[0-9]+" $range | int -}}
{{- $last := regexFind "[0-9]+$" $range | int -}}
{{- range $ports -}}
{{- if or (lt . $first) (gt . $last) -}}
{{- $problems = append $problems (printf "expose.tcpPorts has %d, which is outside expose.ports (%s)" . $range) -}}
{{- end -}}
{{- end -}}
{{- else if $ports -}}
{{- range $port := $ports -}}
{{- $isLast := true -}}
{{- range $ports -}}{{- if gt . $port -}}{{- $isLast = false -}}{{- end -}}{{- end -}}
{{- if not (or $isLast (has (int (add $port 1)) $ports)) -}}
{{- $problems = append $problems (printf "expose.tcpPorts has a gap after %d, and towline knows one range: close it, or say in expose.ports what clients may have" $port) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (not $expose.domain) (not $ports) (has (toString $range) (list "" "none")) (not (has "alias" $kinds)) -}}
{{- $problems = append $problems "nothing can be offered: set expose.domain for HTTP, or expose.tcpPorts, or allow alias" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* Domain and certificates. */}}
{{- define "towline.tlsProblems" -}}
{{- $problems := list -}}
{{- $expose := .Values.expose -}}
{{- $kinds := $expose.allow | default (list "http" "tcp" "alias" "sni") -}}
{{- $secrets := include "towline.tlsSecrets" . | fromYamlArray -}}
{{- $https := include "towline.listensFor" (dict "root" . "name" "https") -}}
{{- if and $expose.tls.existingSecret $expose.tls.existingSecrets -}}
{{- $problems = append $problems "expose.tls.existingSecret and expose.tls.existingSecrets are both set: put all of them into existingSecrets" -}}
{{- end -}}
{{- if ne (len $secrets) (len ($secrets | uniq)) -}}
{{- $problems = append $problems "expose.tls.existingSecrets has one of them twice" -}}
{{- end -}}
{{- range include "towline.extraEnv" . | fromYamlArray -}}
{{- if and $secrets (eq .name "TOWLINE_TLS_DIR") -}}
{{- $problems = append $problems "extraEnv sets TOWLINE_TLS_DIR, and expose.tls makes the chart set it: keep one of them" -}}
{{- end -}}
{{- end -}}
{{- if and $secrets (not $expose.domain) -}}
{{- $problems = append $problems "expose.tls is set, but expose.domain is empty: without one there are no hosts" -}}
{{- end -}}
{{- if and $secrets (eq (toString $expose.https.enabled) "false") -}}
{{- $problems = append $problems "expose.tls is set, but expose.https.enabled is false: nobody would see the certificate" -}}
{{- end -}}
{{- if not $expose.domain -}}
{{- range $name := list "http" "https" -}}
{{- if eq (toString (get $expose $name).enabled) "true" -}}
{{- $problems = append $problems (printf "expose.%s.enabled is true, but expose.domain is empty: without one there are no hosts" $name) -}}
{{- end -}}
{{- end -}}
{{- else if and $https (not (include "towline.hasTls" .)) (not (has "sni" $kinds)) -}}
{{- $problems = append $problems "expose.https.enabled is true, but there is no certificate in expose.tls, and expose.allow has no sni: nothing would answer there" -}}
{{- end -}}
{{- range $name := list "forceHttps" "hsts" -}}
{{- if and (get $expose $name) (not (and $https (include "towline.hasTls" $))) -}}
{{- $problems = append $problems (printf "expose.%s is set, but there is no HTTPS: set expose.tls.existingSecret" $name) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

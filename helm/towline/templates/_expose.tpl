{{/* The public entrance (mode: expose): where it listens, its certificates, its variables. */}}

{{- define "towline.isEntrance" -}}
{{- if eq .Values.mode "expose" -}}true{{- end -}}
{{- end -}}

{{/* The variable behind each key of `expose`; all but where it listens. */}}
{{- define "towline.exposeVariables" -}}
allow: TOWLINE_EXPOSE_ALLOW
allowFrom: TOWLINE_EXPOSE_ALLOW_FROM
balance: TOWLINE_EXPOSE_BALANCE
bind: TOWLINE_EXPOSE_BIND
clientLog: TOWLINE_EXPOSE_CLIENT_LOG
denyFrom: TOWLINE_EXPOSE_DENY_FROM
domain: TOWLINE_EXPOSE_DOMAIN
forceHttps: TOWLINE_EXPOSE_FORCE_HTTPS
hsts: TOWLINE_EXPOSE_HSTS
names: TOWLINE_EXPOSE_NAMES
openTimeout: TOWLINE_EXPOSE_OPEN_TIMEOUT
perIp: TOWLINE_EXPOSE_PER_IP
pool: TOWLINE_EXPOSE_POOL
ports: TOWLINE_EXPOSE_PORTS
quota: TOWLINE_EXPOSE_QUOTA
rate: TOWLINE_EXPOSE_RATE
sameName: TOWLINE_EXPOSE_SAME_NAME
{{- end -}}

{{/* The names of the Secrets with certificates, as a YAML list. */}}
{{- define "towline.tlsSecrets" -}}
{{- $tls := .Values.expose.tls -}}
{{- $names := list -}}
{{- range $tls.existingSecret | list | concat $tls.existingSecrets -}}
{{- with include "towline.filled" (dict "text" . "root" $) -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- toYaml $names -}}
{{- end -}}

{{/* "true" if there are certificates, of Secrets or in a folder that extraEnv names. */}}
{{- define "towline.hasTls" -}}
{{- $ours := include "towline.tlsSecrets" . | fromYamlArray -}}
{{- if or $ours (include "towline.hasVariable" (dict "root" . "names" (list "TOWLINE_TLS_DIR"))) -}}true{{- end -}}
{{- end -}}

{{/* "true" if it listens for HTTP, or for HTTPS. Takes a dict: root, name (http, https). */}}
{{- define "towline.listensFor" -}}
{{- $enabled := (get .root.Values.expose .name).enabled | toString -}}
{{- $unsaid := ternary "true" (include "towline.hasTls" .root) (eq .name "http") -}}
{{- if .root.Values.expose.domain -}}{{- ternary $unsaid (ternary "true" "" (eq $enabled "true")) (eq $enabled "") -}}{{- end -}}
{{- end -}}

{{/*
Where it listens, as a YAML list in the order of the Service's ports, each with name, port, servicePort, nodePort,
appProtocol, where (the value it comes from) and visitors (false: SSH clients connect there).
*/}}
{{- define "towline.entrances" -}}
{{- $all := list -}}
{{- if include "towline.isEntrance" . -}}
{{- range $name := list "ssh" "http" "https" -}}
{{- if or (eq $name "ssh") (include "towline.listensFor" (dict "root" $ "name" $name)) -}}
{{- $one := get $.Values.expose $name -}}
{{- $all = append $all (dict "name" $name "port" (int $one.port) "servicePort" (int $one.servicePort) "nodePort" ($one.nodePort | default 0 | int)
      "appProtocol" $one.appProtocol "where" (printf "expose.%s" $name) "visitors" (ne $name "ssh")) -}}
{{- end -}}
{{- end -}}
{{- range $index, $port := .Values.expose.tcpPorts -}}
{{- $all = append $all (dict "name" (printf "tcp-%d" (int $port)) "port" (int $port) "servicePort" (int $port) "nodePort" 0 "appProtocol" ""
      "where" (printf "expose.tcpPorts[%d]" $index) "visitors" true) -}}
{{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* TOWLINE_EXPOSE_PORTS: what no Service leads to is not to be had, unless somebody says otherwise. */}}
{{- define "towline.exposedPorts" -}}
{{- $ports := list -}}
{{- range .Values.expose.tcpPorts -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- if ne (toString .Values.expose.ports) "" -}}
{{- include "towline.text" .Values.expose.ports -}}
{{- else if $ports -}}
{{- $last := first $ports -}}
{{- $first := first $ports -}}
{{- range $ports -}}{{- $first = min $first . -}}{{- $last = max $last . -}}{{- end -}}
{{- printf "%d-%d" $first $last -}}
{{- else -}}
none
{{- end -}}
{{- end -}}

{{/* Its variables, as a YAML map. */}}
{{- define "towline.exposeEnv" -}}
{{- $env := dict -}}
{{- if include "towline.isEntrance" . -}}
{{- $expose := .Values.expose -}}
{{- $env = dict "SSH_MODE" "expose" "TOWLINE_SSH_LISTEN" (printf ":%d" (int $expose.ssh.port)) -}}
{{- if ne (include "towline.exposedPorts" .) "none" -}}{{- $_ := set $env "TOWLINE_EXPOSE_BIND" "*" -}}{{- end -}}
{{- range $key, $variable := include "towline.exposeVariables" . | fromYaml -}}
{{- $value := get $expose $key -}}
{{- if kindIs "slice" $value -}}
{{- with $value -}}{{- $_ := set $env $variable (join "," .) -}}{{- end -}}
{{- else if ne (toString $value) "" -}}
{{- $_ := set $env $variable (include "towline.text" $value) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $env "TOWLINE_EXPOSE_PORTS" (include "towline.exposedPorts" .) -}}
{{- if $expose.domain -}}
{{- $_ := set $env "TOWLINE_EXPOSE_DOMAIN" (include "towline.filled" (dict "text" $expose.domain "root" .)) -}}
{{- range $name, $variable := dict "http" "TOWLINE_HTTP_LISTEN" "https" "TOWLINE_HTTPS_LISTEN" -}}
{{- $listens := include "towline.listensFor" (dict "root" $ "name" $name) -}}
{{- $_ := set $env $variable (ternary (printf ":%d" (int (get $expose $name).port)) "off" (eq $listens "true")) -}}
{{- end -}}
{{- end -}}
{{- if include "towline.tlsSecrets" . | fromYamlArray -}}{{- $_ := set $env "TOWLINE_TLS_DIR" (include "towline.tlsFolder" .) -}}{{- end -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{- define "towline.tlsFolder" -}}/etc/towline/tls{{- end -}}

{{/*
The volume with the certificates, as a YAML map, or nothing. One Secret is the folder itself; of several each has a folder
of its name. One volume for all, so that the kubelet renews a certificate and its key at once.
*/}}
{{- define "towline.tlsVolume" -}}
{{- $names := include "towline.tlsSecrets" . | fromYamlArray -}}
{{- if and (include "towline.isEntrance" .) $names -}}
{{- $sources := list -}}
{{- range $names -}}
{{- $items := list -}}
{{- $folder := ternary "" (printf "%s/" .) (not $.Values.expose.tls.existingSecrets) -}}
{{- range $key := list "tls.crt" "tls.key" -}}{{- $items = append $items (dict "key" $key "path" (print $folder $key)) -}}{{- end -}}
{{- $sources = append $sources (dict "secret" (dict "name" . "items" $items)) -}}
{{- end -}}
{{- toYaml (dict "name" "towline-tls" "projected" (dict "defaultMode" 288 "sources" $sources)) -}}
{{- end -}}
{{- end -}}

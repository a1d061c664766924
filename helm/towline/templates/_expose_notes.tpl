{{/* The entrance's part of the notes. */}}
{{- define "towline.entranceNotes" -}}
{{- $expose := .Values.expose -}}
{{- $domain := include "towline.filled" (dict "text" $expose.domain "root" .) -}}
{{- $address := $domain | default "ADDRESS" -}}
{{- $port := int $expose.ssh.servicePort -}}
{{- $ssh := ternary "ssh" (printf "ssh -p %d" $port) (eq $port 22) -}}
{{- $https := include "towline.listensFor" (dict "root" . "name" "https") -}}
{{- $tls := include "towline.hasTls" . -}}
{{- $kinds := $expose.allow | default (list "http" "tcp" "alias" "sni") -}}
{{- $given := has $expose.names (list "random" "stable") -}}
towline is a public entrance: what clients offer with ssh -R is reached here.
{{ if and $domain (has "http" $kinds) }}
  {{ $ssh }} -R {{ ternary "" "web:" $given }}80:localhost:3000 {{ $address }}
      reach it at {{ ternary "https" "http" (and (eq $https "true") (eq $tls "true")) }}://{{ ternary "NAME" "web" $given }}.{{ $domain }}
{{- end }}
{{- with first $expose.tcpPorts }}
  {{ $ssh }} -R {{ int . }}:localhost:5432 {{ $address }}
      reach it at {{ $address }}:{{ int . }}
{{- end }}
{{- if has "alias" $kinds }}
  {{ $ssh }} -R box:22:localhost:22 {{ $address }}
      reach it with ssh -J {{ $address }}{{ ternary "" (printf ":%d" $port) (eq $port 22) }} box
{{- end }}
{{- if .Values.service.enabled }}

The Service {{ include "towline.fullname" . }} has the ports
{{- range include "towline.entrances" . | fromYamlArray }} {{ .name }}={{ .servicePort }}{{ end }}.
{{- if $domain }}
The names {{ $domain }} and *.{{ $domain }} have to lead to it.
{{- end }}
{{- if and (ne .Values.service.type "ClusterIP") (ne .Values.service.externalTrafficPolicy "Local") }}

WARNING: visitors and clients are seen with the addresses of nodes, so that limits for one address and expose.allowFrom hold
for a node. Set service.externalTrafficPolicy=Local.
{{- end }}
{{- end }}
{{- if and $domain (not $tls) }}

WARNING: there is no certificate: visitors come by HTTP, and whoever is on the way reads it. Set expose.tls.existingSecret.
{{- end }}
{{- end -}}

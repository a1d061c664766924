{{/* The parts of a pod that the Deployment and the sidecar share. */}}

{{/*
A probe: the values' own, with the path filled in. In a standby the remote forwards that one replica only can have do
not count, or the pod would never be ready and no rollout would end. Takes a dict: probe, path, root, sidecar.
*/}}
{{- define "towline.probe" -}}
{{- $root := .root -}}
{{- $path := .path -}}
{{- if and $root.Values.remoteStandby (not .sidecar) (ne $path "/livez") -}}
{{- $path = "/readyz" -}}
{{- range $index, $name := include "towline.fixedRemotes" $root | fromYamlArray -}}
{{- $path = printf "%s%sexclude=%s" $path (ternary "?" "&" (eq $index 0)) $name -}}
{{- end -}}
{{- end -}}
{{- $probe := omit .probe "enabled" -}}
{{- if not (or (hasKey $probe "httpGet") (hasKey $probe "exec") (hasKey $probe "tcpSocket") (hasKey $probe "grpc")) -}}
{{- $probe = merge (dict "httpGet" (dict "path" $path "port" "admin")) $probe -}}
{{- end -}}
{{- toYaml $probe -}}
{{- end -}}

{{/* The container, without its name. Takes a dict: root, sidecar. */}}
{{- define "towline.container" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $sidecar := .sidecar | default false -}}
image: {{ include "towline.image" $root | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
env:
  {{- include "towline.env" . | nindent 2 }}
{{- with $values.extraEnvFrom }}
envFrom:
  {{- include "towline.filled" (dict "text" (toYaml .) "root" $root) | nindent 2 }}
{{- end }}
ports:
  - name: admin
    containerPort: 9022
    protocol: TCP
  {{- if not $sidecar }}
  {{- range include "towline.served" $root | fromYamlArray }}
  - name: {{ .name | quote }}
    containerPort: {{ .port }}
    protocol: TCP
  {{- end }}
  {{- end }}
{{- $probes := ternary $values.sidecar $values $sidecar }}
{{- range $name, $path := dict "startupProbe" "/startupz" "livenessProbe" "/livez" "readinessProbe" "/readyz" }}
{{- $probe := get $probes $name }}
{{- if $probe.enabled }}
{{ $name }}:
  {{- include "towline.probe" (dict "probe" $probe "path" $path "root" $root "sidecar" $sidecar) | nindent 2 }}
{{- end }}
{{- end }}
{{- with $values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $mounts := include "towline.mounts" $root | fromYamlArray }}
{{- with $values.extraVolumeMounts }}
{{- $mounts = concat $mounts (include "towline.filled" (dict "text" (toYaml .) "root" $root) | fromYamlArray) }}
{{- end }}
{{- with $mounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "towline.mounts" -}}
{{- $mounts := list -}}
{{- if include "towline.secretName" . -}}
{{- $mounts = append $mounts (dict "name" "towline-secret" "mountPath" (include "towline.secretFolder" .) "readOnly" true) -}}
{{- end -}}
{{- if or .Values.knownHosts.inline .Values.knownHosts.existingConfigMap -}}
{{- $mounts = append $mounts (dict "name" "towline-known-hosts" "mountPath" (include "towline.knownHostsFolder" .) "readOnly" true) -}}
{{- end -}}
{{- range include "towline.endpointSecrets" . | fromYamlArray -}}
{{- $mounts = append $mounts (dict "name" .volume "mountPath" .folder "readOnly" true) -}}
{{- end -}}
{{- if include "towline.tlsVolume" . -}}
{{- $mounts = append $mounts (dict "name" "towline-tls" "mountPath" (include "towline.tlsFolder" .) "readOnly" true) -}}
{{- end -}}
{{- toYaml $mounts -}}
{{- end -}}

{{/* The volumes as a YAML list. 0440 and fsGroup: root owns the files, and only the group of the pod reads them. */}}
{{- define "towline.volumes" -}}
{{- $volumes := list -}}
{{- with include "towline.secretName" . -}}
{{- $items := list -}}
{{- range (concat (include "towline.secretKeys" $ | fromYaml | values | sortAlpha) (ternary (list) $.Values.existingSecretKeys.jumpKeys $.Values.createSecret.enabled)) | uniq -}}
{{- $items = append $items (dict "key" . "path" .) -}}
{{- end -}}
{{- $volumes = append $volumes (dict "name" "towline-secret" "secret" (dict "secretName" . "defaultMode" 288 "items" $items)) -}}
{{- end -}}
{{- if or .Values.knownHosts.inline .Values.knownHosts.existingConfigMap -}}
{{- $name := include "towline.filled" (dict "text" .Values.knownHosts.existingConfigMap "root" .) | default (printf "%s-known-hosts" (include "towline.fullname" .)) -}}
{{- $items := list (dict "key" .Values.knownHosts.key "path" .Values.knownHosts.key) -}}
{{- $volumes = append $volumes (dict "name" "towline-known-hosts" "configMap" (dict "name" $name "defaultMode" 288 "items" $items)) -}}
{{- end -}}
{{- range include "towline.endpointSecrets" . | fromYamlArray -}}
{{- $items := list -}}
{{- range .files -}}{{- range . -}}{{- $items = append $items (dict "key" . "path" .) -}}{{- end -}}{{- end -}}
{{- $volumes = append $volumes (dict "name" .volume "secret" (dict "secretName" .secret "defaultMode" 288 "items" ($items | uniq))) -}}
{{- end -}}
{{- with include "towline.tlsVolume" . | fromYaml -}}{{- $volumes = append $volumes . -}}{{- end -}}
{{- with .Values.extraVolumes -}}
{{- $volumes = concat $volumes (include "towline.filled" (dict "text" (toYaml .) "root" $) | fromYamlArray) -}}
{{- end -}}
{{- toYaml $volumes -}}
{{- end -}}

{{/* "true" where there may be more than one pod. */}}
{{- define "towline.severalPods" -}}
{{- if or (eq .Values.kind "DaemonSet") (gt (int .Values.replicaCount) 1) -}}true{{- end -}}
{{- end -}}

{{/*
"true" where towline may listen below port 1024. In a pod's own network the chart sees to it; the node's network has no
such sysctl, and a sidecar's pod is another chart's. Takes a dict: root, sidecar.
*/}}
{{- define "towline.bindsLowPorts" -}}
{{- $values := .root.Values -}}
{{- if .sidecar -}}
{{- range ($values.podSecurityContext).sysctls -}}{{- if eq .name "net.ipv4.ip_unprivileged_port_start" -}}true{{- end -}}{{- end -}}
{{- else if not $values.hostNetwork -}}
true
{{- end -}}
{{- if has "NET_BIND_SERVICE" ((($values.securityContext).capabilities).add | default list) -}}true{{- end -}}
{{- end -}}

{{/*
The pod's securityContext, with the sysctl that lets anybody listen below port 1024 where a forward wants to: Pod Security
`restricted` allows it, and needs no capability. Container runtimes set it themselves or do not.
*/}}
{{- define "towline.podSecurityContext" -}}
{{- $context := deepCopy (.Values.podSecurityContext | default dict) -}}
{{- $lowest := 1024 -}}
{{- range include "towline.forwards" (dict "root" .) | fromYamlArray -}}
{{- if and (ne .flag "-R") (not .path) -}}{{- $lowest = min $lowest (int .port) -}}{{- end -}}
{{- end -}}
{{- range include "towline.entrances" . | fromYamlArray -}}{{- $lowest = min $lowest (int .port) -}}{{- end -}}
{{- $sysctls := $context.sysctls | default list -}}
{{- $named := false -}}
{{- range $sysctls -}}{{- $named = or $named (eq .name "net.ipv4.ip_unprivileged_port_start") -}}{{- end -}}
{{- if and (lt (int $lowest) 1024) (not $named) (not .Values.hostNetwork) -}}
{{- $_ := set $context "sysctls" (append $sysctls (dict "name" "net.ipv4.ip_unprivileged_port_start" "value" (toString $lowest))) -}}
{{- end -}}
{{- with $context -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* Replicas on different nodes, where possible (soft) or at all (hard). A DaemonSet's are anyway. */}}
{{- define "towline.affinity" -}}
{{- $preset := .Values.podAntiAffinityPreset -}}
{{- if .Values.affinity -}}
{{- include "towline.filled" (dict "text" (toYaml .Values.affinity) "root" .) -}}
{{- else if and $preset (eq .Values.kind "Deployment") (include "towline.severalPods" .) -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "towline.selectorLabels" . | fromYaml)) -}}
{{- if eq $preset "hard" -}}
{{- toYaml (dict "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term))) -}}
{{- else -}}
{{- toYaml (dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term)))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "towline.topologySpread" -}}
{{- if .Values.topologySpreadConstraints -}}
{{- include "towline.filled" (dict "text" (toYaml .Values.topologySpreadConstraints) "root" .) -}}
{{- else if and .Values.topologySpreadPreset (eq .Values.kind "Deployment") (include "towline.severalPods" .) -}}
{{- $key := get (dict "zone" "topology.kubernetes.io/zone" "node" "kubernetes.io/hostname") .Values.topologySpreadPreset -}}
{{- toYaml (list (dict "maxSkew" 1 "topologyKey" $key "whenUnsatisfiable" "ScheduleAnyway" "labelSelector" (dict "matchLabels" (include "towline.selectorLabels" . | fromYaml)))) -}}
{{- end -}}
{{- end -}}

{{/*
Recreate where the old pod holds a port of the server that the new one needs. With standbys the new pods wait for it
themselves, and any of them may take over. A port of the node is free only when the old pod has ended.
*/}}
{{- define "towline.strategy" -}}
{{- if .Values.strategy.type -}}
{{- toYaml .Values.strategy -}}
{{- else if and (include "towline.hasFixedRemote" .) (not .Values.remoteStandby) (eq .Values.kind "Deployment") -}}
type: Recreate
{{- else -}}
type: RollingUpdate
rollingUpdate:
  maxUnavailable: {{ ternary 1 0 .Values.hostNetwork }}
  maxSurge: {{ ternary 0 1 .Values.hostNetwork }}
{{- end -}}
{{- end -}}

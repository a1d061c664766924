{{/* Names and labels. Every template takes the chart's root context. */}}

{{- define "towline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 51 characters: with the longest suffix, -known-hosts, that is 63, the most a name may have. */}}
{{- define "towline.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 51 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 51 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 51 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "towline.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* What selects the pods. A Deployment's selector cannot be changed: nothing that differs between versions. */}}
{{- define "towline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "towline.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: tunnel
{{- end -}}

{{- define "towline.labels" -}}
app.kubernetes.io/name: {{ include "towline.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: {{ include "towline.name" . | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
metadata of one object. Takes a dict: root; suffix of the name; component; labels and annotations of its own;
namespace, where it is not the release's.
*/}}
{{- define "towline.metadata" -}}
{{- $root := .root -}}
{{- $annotations := merge (dict) (.annotations | default dict) ($root.Values.commonAnnotations | default dict) -}}
{{- $labels := merge (dict) (.labels | default dict) (dict "app.kubernetes.io/component" (.component | default "tunnel"))
      (include "towline.labels" $root | fromYaml) -}}
name: {{ printf "%s%s" (include "towline.fullname" $root) (.suffix | default "") | quote }}
namespace: {{ .namespace | default (include "towline.namespace" $root) | quote }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "towline.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "towline.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The image. The registry of all charts wins over this one's, and a digest over a tag. */}}
{{- define "towline.image" -}}
{{- $image := .Values.image -}}
{{- $registry := (.Values.global).imageRegistry | default $image.registry -}}
{{- $name := ternary (printf "%s/%s" $registry $image.repository) $image.repository (ne $registry "") -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/*
The Secrets to pull images with, as a YAML list of a pod, or nothing. Those of all charts may be names or, as other
charts take them, maps with a name.
*/}}
{{- define "towline.pullSecrets" -}}
{{- $names := .Values.image.pullSecrets -}}
{{- range (.Values.global).imagePullSecrets -}}
{{- $names = append $names (kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") .) -}}
{{- end -}}
{{- $secrets := list -}}
{{- range $names | uniq -}}{{- $secrets = append $secrets (dict "name" .) -}}{{- end -}}
{{- with $secrets -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* A scalar as text. Helm reads every number as a float and would print a million as 1e+06. */}}
{{- define "towline.text" -}}
{{- if kindIs "float64" . -}}{{- printf "%d" (int64 .) -}}{{- else -}}{{- toString . -}}{{- end -}}
{{- end -}}

{{/* Seconds of a duration as towline reads it: 10, 10s, 1m30s, 2h. */}}
{{- define "towline.seconds" -}}
{{- $text := include "towline.text" . -}}
{{- if regexMatch "^[0-9]+$" $text -}}
{{- $text -}}
{{- else -}}
{{- $hours := regexFind "[0-9]+h" $text | trimSuffix "h" | default "0" | int -}}
{{- $minutes := regexFind "[0-9]+m" $text | trimSuffix "m" | default "0" | int -}}
{{- $seconds := regexFind "[0-9]+s" $text | trimSuffix "s" | default "0" | int -}}
{{- add (mul 3600 $hours) (mul 60 $minutes) $seconds -}}
{{- end -}}
{{- end -}}

{{- define "masterx.fullname" -}}
{{- if contains "masterx" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-masterx" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "masterx.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What a component's pods are told by. Takes (list root component). */}}
{{- define "masterx.selector" -}}
app.kubernetes.io/name: masterx
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "masterx.labels" -}}
{{ include "masterx.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end }}

{{/* Fails where what was asked for can't work; every template of workloads includes it. */}}
{{- define "masterx.check" -}}
{{- range $app := list "core" "routing" "sinks" }}
{{- $scaling := (index $.Values $app).scaling }}
{{- if gt (int $scaling.max) (int $.Values.topics.partitions) }}
{{- fail (printf "%s.scaling.max (%d) is above topics.partitions (%d): more workers would be idle" $app (int $scaling.max) (int $.Values.topics.partitions)) }}
{{- end }}
{{- if gt (int $scaling.min) (int $scaling.max) }}
{{- fail (printf "%s.scaling.min is above %s.scaling.max" $app $app) }}
{{- end }}
{{- end }}
{{- if and .Values.gateway.enabled (not (or .Values.gateway.auth.jwtKeySecret .Values.gateway.auth.jwks .Values.gateway.auth.apiKeysSecret)) }}
{{- fail "gateway.auth: set jwtKeySecret, jwks or apiKeysSecret; nobody could be known otherwise" }}
{{- end }}
{{- if and .Values.files.configMap (not (or .Values.files.providers .Values.files.curriculum .Values.files.experiments)) }}
{{- fail "files.configMap is set, but none of the keys in it" }}
{{- end }}
{{- end }}

{{- define "masterx.sasl" -}}
{{- if hasPrefix "SASL_" .Values.kafka.securityProtocol }}yes{{ end }}
{{- end }}

{{/*
Parts of pods. Each takes a dict: root, component, and what else it names.
Secrets are files in /run/secrets/masterx, called as their settings are (MASTERX_SECRETS_DIR), never in a manifest.
*/}}

{{- define "masterx.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  # Volumes of many files are not walked through at each start.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.pods.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.pods.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "masterx.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ .root.Values.pods.spreadOver }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "masterx.selector" (list .root .component) | nindent 8 }}
{{- end }}

{{- define "masterx.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Where Kafka is. */}}
{{- define "masterx.kafkaEnv" -}}
- name: MASTERX_KAFKA_BOOTSTRAP
  value: {{ .root.Values.kafka.bootstrap | quote }}
- name: MASTERX_KAFKA_SECURITY_PROTOCOL
  value: {{ .root.Values.kafka.securityProtocol }}
{{- if include "masterx.sasl" .root }}
- name: MASTERX_KAFKA_SASL_MECHANISM
  value: {{ .root.Values.kafka.saslMechanism }}
{{- end }}
{{- if .root.Values.kafka.caConfigMap }}
- name: MASTERX_KAFKA_CA_FILE
  value: /etc/masterx/kafka/{{ .root.Values.kafka.caKey }}
{{- end }}
- name: MASTERX_PARTITIONS
  value: {{ .root.Values.topics.partitions | quote }}
- name: MASTERX_REPLICATION_FACTOR
  value: {{ .root.Values.topics.replicationFactor | quote }}
- name: MASTERX_RETENTION_HOURS
  value: {{ .root.Values.topics.retentionHours | quote }}
{{- end }}

{{- define "masterx.clickhouseEnv" -}}
- name: MASTERX_CLICKHOUSE_URL
  value: {{ .root.Values.clickhouse.url | quote }}
- name: MASTERX_CLICKHOUSE_DATABASE
  value: {{ .root.Values.clickhouse.database }}
{{- with .root.Values.clickhouse.cluster }}
- name: MASTERX_CLICKHOUSE_CLUSTER
  value: {{ . }}
{{- end }}
- name: MASTERX_CLICKHOUSE_SHARDED
  value: {{ .root.Values.clickhouse.sharded | quote }}
{{- if .root.Values.clickhouse.caConfigMap }}
- name: MASTERX_CLICKHOUSE_CA_FILE
  value: /etc/masterx/clickhouse/{{ .root.Values.clickhouse.caKey }}
{{- end }}
{{- end }}

{{- define "masterx.redisEnv" -}}
{{- if not .root.Values.redis.secret }}
- name: MASTERX_REDIS_URL
  value: {{ .root.Values.redis.url | quote }}
{{- end }}
{{- if .root.Values.redis.caConfigMap }}
- name: MASTERX_REDIS_CA_FILE
  value: /etc/masterx/redis/{{ .root.Values.redis.caKey }}
{{- end }}
{{- end }}

{{/* Of all: where secrets are, and the settings that values name. */}}
{{- define "masterx.commonEnv" -}}
- name: MASTERX_SECRETS_DIR
  value: /run/secrets/masterx
{{- range $key, $name := dict "providers" "PROVIDERS" "curriculum" "CURRICULUM" "experiments" "EXPERIMENTS" }}
{{- with index $.root.Values.files $key }}
- name: MASTERX_{{ $name }}_FILE
  value: /etc/masterx/files/{{ . }}
{{- end }}
{{- end }}
{{- range $name, $value := .root.Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* `kafka`, `clickhouse`: keys of users, or empty; `redis`, `gateway`: whether it has these secrets. */}}
{{- define "masterx.secretSources" -}}
{{- if and .kafka (include "masterx.sasl" .root) }}
- secret:
    name: {{ index .root.Values.kafka.users .kafka }}
    items:
      - {key: username, path: masterx_kafka_user}
      - {key: password, path: masterx_kafka_password}
{{- end }}
{{- if .clickhouse }}
- secret:
    name: {{ index .root.Values.clickhouse.users .clickhouse }}
    items:
      - {key: username, path: masterx_clickhouse_user}
      - {key: password, path: masterx_clickhouse_password}
{{- end }}
{{- if and .redis .root.Values.redis.secret }}
- secret:
    name: {{ .root.Values.redis.secret }}
    items:
      - {key: url, path: masterx_redis_url}
{{- end }}
{{- if .gateway }}
{{- with .root.Values.gateway.auth.jwtKeySecret }}
- secret:
    name: {{ . }}
    items:
      - {key: jwt-key, path: masterx_gateway_jwt_key}
{{- end }}
{{- with .root.Values.gateway.auth.apiKeysSecret }}
- secret:
    name: {{ . }}
    items:
      - {key: api-keys, path: masterx_gateway_api_keys}
{{- end }}
{{- end }}
{{- end }}

{{- define "masterx.volumes" -}}
# All that a process writes besides its tables; gone with the pod.
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- $sources := include "masterx.secretSources" . }}
      {{- if trim $sources }}
      {{- $sources | nindent 6 }}
      {{- else }} []
      {{- end }}
{{- range $service, $used := dict "kafka" .kafka "clickhouse" .clickhouse "redis" .redis }}
{{- $ca := (index $.root.Values $service).caConfigMap }}
{{- if and $used $ca }}
- name: {{ $service }}-ca
  configMap:
    name: {{ $ca }}
{{- end }}
{{- end }}
{{- if and .files .root.Values.files.configMap }}
- name: files
  configMap:
    name: {{ .root.Values.files.configMap }}
{{- end }}
{{- end }}

{{- define "masterx.mounts" -}}
- name: tmp
  mountPath: /tmp
- name: secrets
  mountPath: /run/secrets/masterx
  readOnly: true
{{- range $service, $used := dict "kafka" .kafka "clickhouse" .clickhouse "redis" .redis }}
{{- if and $used (index $.root.Values $service).caConfigMap }}
- name: {{ $service }}-ca
  mountPath: /etc/masterx/{{ $service }}
  readOnly: true
{{- end }}
{{- end }}
{{- if and .files .root.Values.files.configMap }}
- name: files
  mountPath: /etc/masterx/files
  readOnly: true
{{- end }}
{{- end }}

{{/* MiB of a memory quantity in Mi or Gi. */}}
{{- define "masterx.mebibytes" -}}
{{- if hasSuffix "Gi" . }}{{ mul (trimSuffix "Gi" . | int) 1024 }}{{ else }}{{ trimSuffix "Mi" . | int }}{{ end }}
{{- end }}

{{- define "opsbatcher.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "opsbatcher.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "opsbatcher.labels" -}}
{{ include "opsbatcher.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The pod of both kinds of store. */}}
{{- define "opsbatcher.pod" -}}
{{- $isShared := eq .Values.store "postgresql" }}
metadata:
  labels:
    {{- include "opsbatcher.labels" . | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "opsbatcher.name" . }}
  automountServiceAccountToken: false
  # Variables of other services could look like settings.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    seccompProfile: { type: RuntimeDefault }
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: opsbatcher
      image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve]
      env:
        - name: LISTEN_ADDR
          value: 0.0.0.0:8081
        - name: DATA_DIR
          value: /data
        - name: NODE_OPTIONS
          value: {{ .Values.nodeOptions | quote }}
        {{- range $name, $value := .Values.settings }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
        {{- range $name, $key := .Values.secret.keys }}
        - name: {{ $name }}_FILE
          value: /etc/opsbatcher/secrets/{{ $key }}
        {{- end }}
        {{- if $isShared }}
        - name: DATABASE_URL_FILE
          value: /etc/opsbatcher/secrets/{{ .Values.postgresql.databaseUrl }}
        {{- end }}
      ports:
        - name: http
          containerPort: 8081
      # The start waits for the chain and checks the database. The process answers /livez all the time.
      livenessProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      {{- if $isShared }}
      # Kubernetes tells the load balancers that the pod goes while it stops it. The pod answers until they know.
      lifecycle:
        preStop:
          exec:
            command: [node, -e, 'setTimeout(() => {}, 5000)']
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        - { name: secrets, mountPath: /etc/opsbatcher/secrets, readOnly: true }
  volumes:
    - name: tmp
      emptyDir: {}
    - name: secrets
      secret:
        secretName: {{ required "secret.name is required: the Secret with RPC_URL and the key of the wallet" .Values.secret.name }}
        # 0440 in octal: the group of the pod reads.
        defaultMode: 288
    {{- if $isShared }}
    - name: data
      emptyDir: {}
    {{- end }}
  {{- if $isShared }}
  # The loss of one node then takes one pod, if there are nodes enough.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "opsbatcher.selector" . | nindent 10 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

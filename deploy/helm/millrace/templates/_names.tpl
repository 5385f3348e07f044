{{- define "millrace.selector" -}}
app.kubernetes.io/name: millrace
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "millrace.meta" -}}
name: {{ .Release.Name }}
{{ include "millrace.place" . }}
{{- end }}

{{- define "millrace.place" -}}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "millrace.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "millrace.kind" -}}
{{ if .Values.cluster.enabled }}StatefulSet{{ else }}Deployment{{ end }}
{{- end }}

{{- define "millrace.nodes" -}}
{{ .Release.Name }}-nodes
{{- end }}

{{- define "millrace.domain" -}}
{{ include "millrace.nodes" . }}.{{ .Release.Namespace }}.svc.{{ .Values.cluster.domain }}
{{- end }}

{{- define "millrace.ours" -}}
- podSelector:
    matchLabels:
      {{- include "millrace.selector" . | nindent 6 }}
{{- end }}

{{- define "millrace.ports" -}}
- {port: membership, protocol: TCP}
- {port: bus, protocol: TCP}
- {port: peer, protocol: TCP}
{{- end }}

{{/*
What text in a value has to look like, and the words for it. The schema has types and lists of words only: of a pattern
it could say no more than that it does not match. `hidden`: the value may be a secret in the wrong place and is not shown.
*/}}
{{- define "towline.formats" -}}
amount: {pattern: '^([0-9]+%?)?$', wanted: 'a number of pods or a percentage: 1, 50%'}
cidr: {pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$', wanted: 'a network with its length: 192.0.2.0/24, or 192.0.2.1/32 for one address'}
controlListen: {pattern: '^(|off|false|/.+|localhost:[0-9]+|127\.[0-9.]+:[0-9]+|\[::1\]:[0-9]+)$', wanted: 'off, the path of a socket, or a port on loopback: 127.0.0.1:9023'}
digest: {pattern: '^(sha256:[0-9a-f]{64})?$', wanted: 'sha256: followed by 64 hexadecimal digits'}
domain: {pattern: '^([a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*\.?)?$', wanted: 'a domain without a scheme, a port or a *: tunnels.example.com'}
duration: {pattern: '^([0-9]+|([0-9]+h)?([0-9]+m)?([0-9]+s)?)$', wanted: 'a duration: 10, 10s, 1m30s or 2h'}
fingerprint: {pattern: '^SHA256:[A-Za-z0-9+/]{43}=?$', wanted: 'SHA256: followed by 43 characters, as ssh-keygen -lf prints it'}
interval: {pattern: '^([0-9]+(ms|s|m|h))*$', wanted: 'a duration with its unit, as Prometheus reads it: 30s or 1m'}
jumpHost: {pattern: '^([^\s@/]+@)?(\[[^\]\s]+\]|[^\s@/:,]+)(:[0-9]{1,5})?$', wanted: 'user@host:port, where user and port may be left out'}
key: {pattern: '^[-._a-zA-Z0-9]*$', wanted: 'the name of a key in the Secret or ConfigMap: letters, digits, -, _ and dots', hidden: true}
limit: {pattern: '^(-1|[0-9]*)$', wanted: 'a number, or -1 for no limit'}
name: {pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$', wanted: 'the name of an object: lowercase letters, digits, dashes and dots', hidden: true}
network: {pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$', wanted: 'an address or a network: 192.0.2.7 or 10.0.0.0/8'}
number: {pattern: '^[0-9]*$', wanted: 'a number'}
path: {pattern: '^(/.*)?$', wanted: 'an absolute path'}
portRange: {pattern: '^(|none|[0-9]{4,5}(-[0-9]{4,5})?)$', wanted: 'a range of ports from 1024 up, 9000-9999, or none'}
probe: {pattern: '^(|off|false|tcp|banner|http:/[^\s;#]*)$', wanted: 'tcp, banner, http:/path or off'}
rate: {pattern: '^[0-9]*[kKmMgG]?$', wanted: 'bytes per second: 1048576, 512k or 10M'}
readyPolicy: {pattern: '^(|all|any|[0-9]+)$', wanted: 'all, any or a number of forwards'}
registry: {pattern: '^([-a-zA-Z0-9.]+(:[0-9]+)?(/[-a-z0-9._/]*[a-z0-9])?)?$', wanted: 'a registry without https:// and without a trailing slash: registry.example.org or registry.example.org:5000/mirror'}
repository: {pattern: '^[a-z0-9]([-a-z0-9._/]*[a-z0-9])?$', wanted: 'the name of an image in lowercase, without its tag, which goes into image.tag: platform/towline'}
tag: {pattern: '^([A-Za-z0-9_][-A-Za-z0-9_.]*)?$', wanted: 'a tag; a digest goes into image.digest'}
variable: {pattern: '^[A-Za-z_][A-Za-z0-9_]*$', wanted: 'the name of a variable: letters, digits and underscores', hidden: true}
{{- end -}}

{{/*
Text with its templates filled in. Takes a dict: text, root. Text without one is left alone: for each tpl, Helm reads all
files of the chart again.
*/}}
{{- define "towline.filled" -}}
{{- if contains "{{" .text -}}{{- tpl .text .root -}}{{- else -}}{{- .text -}}{{- end -}}
{{- end -}}

{{/* Which values have which format. Those of a list have it each. */}}
{{- define "towline.formatted" -}}
endpoint.hostKeys.existingSecret: name
endpoint.hostKeys.keys: key
endpoint.loginTimeout: duration
endpoint.maxAuthTries: number
endpoint.maxClientChannels: number
endpoint.maxClients: number
endpoint.maxClientsPerSource: number
endpoint.users.authorizedKeys: key
endpoint.users.existingSecret: name
endpoint.users.passwords: key
endpoint.users.userCaKeys: key
endpoint.wait: duration
existingSecret: name
existingSecretKeys.certificate: key
existingSecretKeys.jumpKeys: key
existingSecretKeys.knownHosts: key
existingSecretKeys.passphrase: key
existingSecretKeys.password: key
existingSecretKeys.privateKey: key
expose.allowFrom: network
expose.denyFrom: network
expose.domain: domain
expose.hsts: number
expose.http.nodePort: number
expose.https.nodePort: number
expose.openTimeout: duration
expose.perIp: number
expose.pool: number
expose.ports: portRange
expose.quota: number
expose.rate: rate
expose.ssh.nodePort: number
expose.tls.existingSecret: name
expose.tls.existingSecrets: name
fullnameOverride: name
global.imageRegistry: registry
image.digest: digest
image.pullSecrets: name
image.registry: registry
image.repository: repository
image.tag: tag
knownHosts.existingConfigMap: name
knownHosts.key: key
nameOverride: name
namespaceOverride: name
networkPolicy.serverCidrs: cidr
podDisruptionBudget.maxUnavailable: amount
podDisruptionBudget.minAvailable: amount
podMonitor.interval: interval
podMonitor.scrapeTimeout: interval
publish.urlFile: path
server.jumpHosts: jumpHost
serviceAccount.name: name
service.loadBalancerSourceRanges: cidr
serviceMonitor.interval: interval
serviceMonitor.scrapeTimeout: interval
settings.authSock: path
settings.backoffMax: duration
settings.connectTimeout: duration
settings.connections: number
settings.controlListen: controlListen
settings.drainTimeout: duration
settings.gateTime: duration
settings.hostKeyFingerprints: fingerprint
settings.idleTimeout: duration
settings.maxConnections: number
settings.maxLifetime: duration
settings.maxStart: limit
settings.portFile: path
settings.probe: probe
settings.probeInterval: duration
settings.readyPolicy: readyPolicy
settings.serverAliveCountMax: number
settings.serverAliveInterval: duration
settings.shutdownDelay: duration
settings.stateDir: path
settings.targetTimeout: duration
tests.timeout: duration
{{- end -}}

{{/* What is wrong with a value, or nothing. Takes a dict: where, value, format (one of towline.formats). */}}
{{- define "towline.formatProblem" -}}
{{- $text := include "towline.text" .value -}}
{{- if not (regexMatch .format.pattern $text) -}}
{{- printf "%s%s must be %s" .where (ternary "" (printf " is %s; it" (include "towline.quoted" $text)) (.format.hidden | default false)) .format.wanted -}}
{{- end -}}
{{- end -}}

{{/* Text for a message. A key in the wrong place is longer than what belongs there, and is not repeated. */}}
{{- define "towline.quoted" -}}
{{- if or (gt (len .) 60) (contains "\n" .) -}}{{- printf "text of %d characters" (len .) -}}{{- else -}}{{- printf "%q" . -}}{{- end -}}
{{- end -}}

{{/* A YAML list of what is wrong with any value's format. Takes the root context. */}}
{{- define "towline.formatProblems" -}}
{{- $root := . -}}
{{- $problems := list -}}
{{- $formats := include "towline.formats" . | fromYaml -}}
{{- $templates := list "endpoint.hostKeys.existingSecret" "endpoint.users.existingSecret" "existingSecret" "expose.domain" "expose.tls.existingSecret" "expose.tls.existingSecrets" "knownHosts.existingConfigMap" "server.jumpHosts" -}}
{{- range $where, $format := include "towline.formatted" . | fromYaml -}}
{{- $value := $root.Values -}}
{{- range splitList "." $where -}}
{{- $value = ternary (get ($value | default dict) .) "" (kindIs "map" $value) -}}
{{- end -}}
{{- range $index, $one := kindIs "slice" $value | ternary $value (list $value) -}}
{{- $place := kindIs "slice" $value | ternary (printf "%s[%d]" $where $index) $where -}}
{{- if has $where $templates -}}{{- $one = include "towline.filled" (dict "text" (toString $one) "root" $root) -}}{{- end -}}
{{- with include "towline.formatProblem" (dict "where" $place "value" ($one | default "") "format" (get $formats $format)) -}}
{{- $problems = append $problems . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* A YAML list of what is wrong with the forwards. Takes a dict: root, sidecar. */}}
{{- define "towline.forwardProblems" -}}
{{- $root := .root -}}
{{- $sidecar := .sidecar | default false -}}
{{- $values := $root.Values -}}
{{- $problems := list -}}
{{- $formats := include "towline.formats" . | fromYaml -}}
{{- $forwards := include "towline.forwards" . | fromYamlArray -}}
{{- if not (or $forwards (include "towline.hasVariable" (dict "root" $root "names" (list "SSH_FORWARDS" "SSH_MODE" "SSH_TUNNEL_PORT" "SSH_TUNNEL_REMOTE")))) -}}
{{- $problems = append $problems "forwards is empty: add at least one, for example forwards.db.flag=-L, forwards.db.listen=5432, forwards.db.connect=db.internal:5432" -}}
{{- end -}}
{{- $taken := dict "9022" "the admin port" -}}
{{- $services := dict -}}
{{- range $forwards -}}
{{- $where := printf "forwards.%s" .name -}}
{{- $forward := get $values.forwards .name -}}
{{- $problems = concat $problems (include "towline.placeProblems" . | fromYamlArray) -}}
{{- range $option, $format := dict "idleTimeout" "duration" "probe" "probe" -}}
{{- with include "towline.formatProblem" (dict "where" (printf "%s.%s" $where $option) "value" (get $forward $option | default "") "format" (get $formats $format)) -}}
{{- $problems = append $problems . -}}
{{- end -}}
{{- end -}}
{{- if and $forward.proxyProtocol (ne .flag "-R") -}}
{{- $problems = append $problems (printf "%s.proxyProtocol is only for -R" $where) -}}
{{- end -}}
{{- if and $forward.probe (has .flag (list "-D" "-S")) -}}
{{- $problems = append $problems (printf "%s.probe is not for %s, which has no target" $where .flag) -}}
{{- end -}}
{{- if and $forward.idleTimeout (eq .flag "-S") -}}
{{- $problems = append $problems (printf "%s.idleTimeout is not for -S, whose clients stay as long as they like" $where) -}}
{{- end -}}
{{- if not (or .served $sidecar) -}}
{{- range $option := list "servicePort" "nodePort" "appProtocol" -}}
{{- if get $forward $option -}}
{{- $problems = append $problems (printf "%s.%s is set, but no Service leads to this forward: only to an -L, -D or -S on an address of the pod, and not with service=false" $where $option) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (ne .flag "-R") (not .path) (gt (int .port) 0) -}}
{{- with get $taken (toString (int .port)) -}}
{{- $problems = append $problems (printf "%s listens on port %s, which is taken by %s" $where (include "towline.text" $forward.listen) .) -}}
{{- end -}}
{{- $_ := set $taken (toString (int .port)) $where -}}
{{- if .served -}}
{{- with get $services (toString (int .servicePort)) -}}
{{- $problems = append $problems (printf "%s has the same port in the Service as %s: set servicePort" $where .) -}}
{{- end -}}
{{- $_ := set $services (toString (int .servicePort)) $where -}}
{{- end -}}
{{- if and (lt (int .port) 1024) (not (include "towline.bindsLowPorts" (dict "root" $root "sidecar" $sidecar))) -}}
{{- $remedy := ternary "give the pod the sysctl net.ipv4.ip_unprivileged_port_start and name it in podSecurityContext.sysctls" "run it as root with the capability NET_BIND_SERVICE" $sidecar -}}
{{- $problems = append $problems (printf "%s listens on port %d, but ports below 1024 need a right that the container does not have: choose a port from 1024 up%s, or %s" $where (int .port) (ternary "" (printf " (servicePort=%d keeps the Service's)" (int .port)) $sidecar) $remedy) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{/* What is wrong with a forward's name and with where it leads from and to. Takes an element of towline.forwards. */}}
{{- define "towline.placeProblems" -}}
{{- $problems := list -}}
{{- $where := printf "forwards.%s" .name -}}
{{- if or (gt (len .name) 15) (not (regexMatch "^[a-z](-?[a-z0-9])*$" .name)) -}}
{{- $better := regexReplaceAll "[^a-z0-9]+" (lower .name) "-" | trimAll "-0123456789" | trunc 15 | trimSuffix "-" -}}
{{- $problems = append $problems (printf "%s: the name is also that of a port: at most 15 lowercase letters, digits and single dashes, the first a letter%s" $where (ternary (printf "; %s would do" $better) "" (ne $better ""))) -}}
{{- else if eq .name "admin" -}}
{{- $problems = append $problems "forwards.admin: the port of this name is towline's own, choose another name" -}}
{{- end -}}
{{- $host := "(\\[[^\\]\\s;#=]+\\]|[^\\s;#=/:\\[\\]]+)" -}}
{{- if not (regexMatch (printf "^(/[^\\s;:#=]+|(%s:)?[0-9]{1,5})$" $host) .listen) -}}
{{- $problems = append $problems (printf "%s.listen is %s, which is neither a port, address:port nor the path of a socket" $where (include "towline.quoted" .listen)) -}}
{{- else if gt (int .port) 65535 -}}
{{- $problems = append $problems (printf "%s.listen has port %d; ports end at 65535" $where (int .port)) -}}
{{- else if and (ne .flag "-R") (not .path) (eq (int .port) 0) -}}
{{- $problems = append $problems (printf "%s.listen has no port: a Service needs to know it, so choose one" $where) -}}
{{- end -}}
{{- if eq .flag "-S" -}}
{{- if .target -}}{{- $problems = append $problems (printf "%s.connect is set, but -S has no target: what its clients ask for goes to the server" $where) -}}{{- end -}}
{{- else if eq .flag "-D" -}}
{{- if .target -}}{{- $problems = append $problems (printf "%s.connect is set, but -D has no target: its clients name theirs" $where) -}}{{- end -}}
{{- if .path -}}{{- $problems = append $problems (printf "%s.listen is a socket, but -D listens on a port" $where) -}}{{- end -}}
{{- else if not .target -}}
{{- $problems = append $problems (printf "%s.connect is empty: %s needs a target, host:port or the path of a socket" $where .flag) -}}
{{- else if not (regexMatch (printf "^(/[^\\s;#=]+|%s:[0-9]{1,5})$" $host) .target) -}}
{{- $problems = append $problems (printf "%s.connect is %s, which is neither host:port nor the path of a socket" $where (include "towline.quoted" .target)) -}}
{{- else if not (or (hasPrefix "/" .target) (and (gt (regexFind "[0-9]+$" .target | int) 0) (le (regexFind "[0-9]+$" .target | int) 65535))) -}}
{{- $problems = append $problems (printf "%s.connect is %s; ports go from 1 to 65535" $where (include "towline.quoted" .target)) -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

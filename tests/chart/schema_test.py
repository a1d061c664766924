"""Mistakes in values, and what Helm says to each: the place, and what would be right."""
import base64
import hashlib
import unittest

import yaml

from chart import CHART, Refused, cases, render, spread

# the mistake: values over the least ones, and words of the message
SCHEMA = {
    "a misspelt value": ({"replicas": 2}, "Additional property replicas is not allowed"),
    "a misspelt value inside": ({"server": {"hostname": "a"}}, "server: Additional property hostname is not allowed"),
    "a setting that does not exist": ({"settings": {"loglevel": "info"}}, "settings: Additional property loglevel is not allowed"),
    "a misspelt option of a forward": ({"forwards": {"db": {"max_connections": 1}}}, "forwards.db: Additional property max_connections is not allowed"),
    "forwards as a list": ({"forwards": [{"flag": "-L"}]}, "forwards: Invalid type. Expected: object, given: array"),
    "a forward as text": ({"forwards": {"db": "-L 5432:db:5432"}}, "forwards.db: Invalid type. Expected: [object,null], given: string"),
    "a forward without a flag": ({"forwards": {"new": {"listen": 1}}}, "forwards.new: flag is required"),
    "a flag that does not exist": ({"forwards": {"db": {"flag": "-X"}}}, 'forwards.db.flag must be one of the following: "-L", "-R", "-D", "-S"'),
    "something that clients of -S cannot do": ({"endpoint": {"allow": ["agent"]}}, 'endpoint.allow.0 must be one of the following: "session", "local", "remote"'),
    "an unknown service": ({"publish": {"service": "ngrok"}}, "publish.service must be one of the following"),
    "users as text": ({"endpoint": {"users": "authorized_keys"}}, "endpoint.users: Invalid type. Expected: object, given: string"),
    "a misspelt part of the endpoint": ({"endpoint": {"hostKey": {}}}, "endpoint: Additional property hostKey is not allowed"),
    "a port beyond the last": ({"server": {"port": 65536}}, "server.port: Must be less than or equal to 65535"),
    "a port as text": ({"server": {"port": "ssh"}}, "server.port: Invalid type. Expected: integer, given: string"),
    "a port of a forward beyond the last": ({"forwards": {"db": {"listen": 70000}}}, "forwards.db.listen: Must be less than or equal to 65535"),
    "no connections": ({"forwards": {"db": {"maxConnections": 0}}}, "forwards.db.maxConnections: Must be greater than or equal to 1"),
    "a version of the PROXY protocol": ({"forwards": {"db": {"proxyProtocol": "v3"}}}, 'forwards.db.proxyProtocol must be one of the following: "", "v1", "v2"'),
    "a boolean as text": ({"forwards": {"db": {"required": "no"}}}, "forwards.db.required: Invalid type. Expected: boolean, given: string"),
    "a log level that does not exist": ({"settings": {"logLevel": "verbose"}}, 'settings.logLevel must be one of the following: "", "error", "warn", "info", "debug", "trace"'),
    "host key checking by another word": ({"settings": {"strictHostKeyChecking": "ask"}}, "settings.strictHostKeyChecking must be one of the following"),
    "a pull policy that does not exist": ({"image": {"pullPolicy": "always"}}, 'image.pullPolicy must be one of the following: "Always", "IfNotPresent", "Never"'),
    "a pull secret as a map": ({"image": {"pullSecrets": [{"name": "a"}]}}, "image.pullSecrets.0: Invalid type. Expected: string, given: object"),
    "a strategy that does not exist": ({"strategy": {"type": "BlueGreen"}}, 'strategy.type must be one of the following: "Recreate", "RollingUpdate"'),
    "a misspelt part of a probe": ({"livenessProbe": {"timeout": 5}}, "livenessProbe: Additional property timeout is not allowed"),
    "a variable without a name": ({"extraEnv": [{"value": "1"}]}, "extraEnv.0: name is required"),
    "variables as a map": ({"extraEnv": {"A": "1"}}, "extraEnv: Invalid type. Expected: array, given: object"),
    "a number as a variable's value": ({"extraEnv": [{"name": "A", "value": 1}]}, "extraEnv.0.value: Invalid type. Expected: string, given: integer"),
    "a label that is no text": ({"podLabels": {"a": True}}, "podLabels.a: Invalid type. Expected: string, given: boolean"),
    "a kind of Service that does not exist": ({"service": {"type": "Public"}}, "service.type must be one of the following"),
    "a kind that does not exist": ({"kind": "StatefulSet"}, 'kind must be one of the following: "Deployment", "DaemonSet"'),
    "a traffic distribution that does not exist": ({"service": {"trafficDistribution": "Close"}}, "service.trafficDistribution must be one of the following"),
    "a scheme that does not exist": ({"serviceMonitor": {"scheme": "HTTP"}}, 'serviceMonitor.scheme must be one of the following: "", "http", "https"'),
    "TLS as a word": ({"podMonitor": {"tlsConfig": "insecure"}}, "podMonitor.tlsConfig: Invalid type. Expected: object, given: string"),
    "a limit as text": ({"serviceMonitor": {"sampleLimit": "10k"}}, "serviceMonitor.sampleLimit: Invalid type. Expected: integer, given: string"),
    "a registry as a map": ({"global": {"imageRegistry": {"name": "a"}}}, "global.imageRegistry: Invalid type. Expected: string, given: object"),
    "a pull secret of all charts without a name": ({"global": {"imagePullSecrets": [{"secret": "a"}]}}, "global.imagePullSecrets.0: name is required"),
    "pull secrets of all charts as text": ({"global": {"imagePullSecrets": "a"}}, "global.imagePullSecrets: Invalid type. Expected: array, given: string"),
    "the node's network as text": ({"hostNetwork": "yes"}, "hostNetwork: Invalid type. Expected: boolean, given: string"),
    "a tag as a number": ({"image": {"tag": 1.2}}, "image.tag: Invalid type. Expected: string, given: number"),
    "the image as text": ({"image": "towline:0.1.0"}, "image: Invalid type. Expected: object, given: string"),
    "the Secret as a map": ({"existingSecret": {"name": "a"}}, "existingSecret: Invalid type. Expected: string, given: object"),
    "annotations that are no text": ({"podAnnotations": {"sidecar.istio.io/inject": False}}, "Invalid type. Expected: string, given: boolean"),
    "a log format by another case": ({"settings": {"logFormat": "JSON"}}, "settings.logFormat must be one of the following"),
    "a value of another chart": ({"extraManifests": []}, "Additional property extraManifests is not allowed"),
    "a hook for a shell there is not": ({"lifecycle": {}}, "Additional property lifecycle is not allowed"),
}

FORMATS = {
    "a name with capitals": ({"forwards": {"DB_Main": {"flag": "-D", "listen": 1080}}}, "forwards.DB_Main: the name is also that of a port: at most 15 lowercase letters, digits and single dashes, the first a letter; db-main would do"),
    "a name that is no port's name": ({"forwards": {"a--b": {"flag": "-D", "listen": 1080}}}, "; a-b would do"),
    "a name longer than a port's": ({"forwards": {"a-very-long-name": {"flag": "-D", "listen": 1080}}}, "; a-very-long-nam would do"),
    "a name without a letter": ({"forwards": {"5432": {"flag": "-D", "listen": 1080}}}, "forwards.5432: the name is also that of a port: at most 15 lowercase letters, digits and single dashes, the first a letter "),
    "a second forward in the target": ({"forwards": {"db": {"connect": "a:1;x=-D 1"}}}, 'forwards.db.connect is "a:1;x=-D 1", which is neither host:port'),
    "a line end in the target": ({"forwards": {"db": {"connect": "a:1\n-D 1"}}}, "forwards.db.connect is text of 8 characters, which is neither host:port"),
    "a comment in listen": ({"forwards": {"db": {"listen": "1 #"}}}, 'forwards.db.listen is "1 #", which is neither a port'),
    "a whole -L in listen": ({"forwards": {"db": {"listen": "5432:db:5432"}}}, 'forwards.db.listen is "5432:db:5432", which is neither a port'),
    "a URL as the target": ({"forwards": {"db": {"connect": "http://web:80"}}}, 'forwards.db.connect is "http://web:80", which is neither host:port'),
    "IPv6 without brackets": ({"forwards": {"db": {"connect": "2001:db8::1:80"}}}, 'forwards.db.connect is "2001:db8::1:80", which is neither host:port'),
    "a target's port beyond the last": ({"forwards": {"db": {"connect": "web:99999"}}}, 'forwards.db.connect is "web:99999"; ports go from 1 to 65535'),
    "a target's port 0": ({"forwards": {"db": {"connect": "web:0"}}}, "ports go from 1 to 65535"),
    "a probe that does not exist": ({"forwards": {"db": {"probe": "icmp"}}}, 'forwards.db.probe is "icmp"; it must be tcp, banner, http:/path or off'),
    "a probe for all that does not exist": ({"settings": {"probe": True}}, 'settings.probe is "true"; it must be tcp, banner, http:/path or off'),
    "an idle time of a forward": ({"forwards": {"db": {"idleTimeout": "10 m"}}}, 'forwards.db.idleTimeout is "10 m"; it must be a duration: 10, 10s, 1m30s or 2h'),
    "a duration with another unit": ({"settings": {"connectTimeout": "5min"}}, 'settings.connectTimeout is "5min"; it must be a duration: 10, 10s, 1m30s or 2h'),
    "a duration in milliseconds": ({"settings": {"backoffMax": "500ms"}}, 'settings.backoffMax is "500ms"; it must be a duration'),
    "a duration for the test": ({"tests": {"timeout": "1 minute"}}, 'tests.timeout is "1 minute"; it must be a duration'),
    "a number in words": ({"settings": {"maxConnections": "many"}}, 'settings.maxConnections is "many"; it must be a number'),
    "no limit by another number": ({"settings": {"maxStart": "-2"}}, 'settings.maxStart is "-2"; it must be a number, or -1 for no limit'),
    "a policy that does not exist": ({"settings": {"readyPolicy": "most"}}, 'settings.readyPolicy is "most"; it must be all, any or a number of forwards'),
    "a control port for everybody": ({"settings": {"controlListen": "0.0.0.0:9023"}}, 'settings.controlListen is "0.0.0.0:9023"; it must be off, the path of a socket, or a port on loopback'),
    "an MD5 fingerprint": ({"settings": {"hostKeyFingerprints": ["MD5:aa"]}}, 'settings.hostKeyFingerprints[0] is "MD5:aa"; it must be SHA256: followed by 43 characters'),
    "a relative path": ({"settings": {"stateDir": "state"}}, 'settings.stateDir is "state"; it must be an absolute path'),
    "a digest without its kind": ({"image": {"digest": "0123"}}, 'image.digest is "0123"; it must be sha256: followed by 64 hexadecimal digits'),
    "a tag in the image's name": ({"image": {"repository": "platform/towline:0.1.0"}}, 'image.repository is "platform/towline:0.1.0"; it must be the name of an image in lowercase, without its tag'),
    "a digest as a tag": ({"image": {"tag": "sha256:0123"}}, 'image.tag is "sha256:0123"; it must be a tag; a digest goes into image.digest'),
    "a scheme in front of the registry": ({"image": {"registry": "https://registry.example.org"}}, 'image.registry is "https://registry.example.org"; it must be a registry without https://'),
    "a slash behind the registry of all charts": ({"global": {"imageRegistry": "registry.example.org/"}}, 'global.imageRegistry is "registry.example.org/"; it must be a registry'),
    "an address that is no CIDR": ({"networkPolicy": {"serverCidrs": ["192.0.2.1"]}}, 'networkPolicy.serverCidrs[0] is "192.0.2.1"; it must be a network with its length: 192.0.2.0/24'),
    "an interval that Prometheus cannot read": ({"serviceMonitor": {"interval": "30"}}, 'serviceMonitor.interval is "30"; it must be a duration with its unit, as Prometheus reads it'),
    "a percentage of pods in words": ({"podDisruptionBudget": {"minAvailable": "half"}}, 'podDisruptionBudget.minAvailable is "half"; it must be a number of pods or a percentage'),
    "the key in the wrong place": ({"existingSecretKeys": {"privateKey": "a/b"}}, "existingSecretKeys.privateKey must be the name of a key in the Secret"),
    "a path for the Secret": ({"existingSecret": "/run/secrets/key"}, "existingSecret must be the name of an object"),
    "a jump host as a URL": ({"server": {"jumpHosts": ["ssh://me@j"]}}, 'server.jumpHosts[0] is "ssh://me@j"; it must be user@host:port'),
    "a release name with capitals": ({"fullnameOverride": "Towline"}, "fullnameOverride must be the name of an object: lowercase letters"),
    "a variable with a dash": ({"extraEnv": [{"name": "A-B", "value": "1"}]}, "extraEnv[0].name must be the name of a variable"),
}

LOW = {"db": {"listen": 80}}

SERVER = {
    "the user in front of the server": ({"server": {"host": "me@b"}}, 'server.host is "me@b": the user (me) goes into server.user, only the name (b) stays'),
    "the user in front of one of a pool": ({"server": {"host": "a,me@b"}}, 'server.host is "me@b"'),
    "a user that a template makes": ({"server": {"host": "{{ .Release.Name }}@b"}}, "the user (r) goes into server.user"),
    "the server behind the user": ({"server": {"user": "me@b"}}, 'server.user is "me@b": write the user alone, the server goes into server.host'),
    "a server as a URL": ({"server": {"host": "ssh://b:22"}}, 'server.host is "ssh://b:22": write the name alone, without the scheme'),
    "an option behind the server": ({"server": {"host": "b -p 22"}}, 'server.host is "b -p 22", which is neither a name, an address, host:port'),
    "two ports of the server": ({"server": {"host": "b:2200", "port": 2222}}, "server.host names a port (b:2200), and server.port is 2222: keep one of them"),
    "a forward among ssh's options": ({"settings": {"sshOptions": "-C -L 80:a:80"}}, "settings.sshOptions holds what belongs into forwards"),
    "the port among ssh's options": ({"settings": {"sshOptions": "-p 2222"}}, "settings.sshOptions holds what belongs into server.port"),
    "a Secret that is not made": ({"createSecret": {"privateKey": "k"}}, "createSecret.privateKey is set, but createSecret.enabled is false"),
    "a public key": ({"existingSecret": "", "createSecret": {"enabled": True, "privateKey": "ssh-ed25519 AAAAC3Nz me"}}, "createSecret.privateKey holds a public key"),
    "the path of a key": ({"existingSecret": "", "createSecret": {"enabled": True, "privateKey": "~/.ssh/id_rsa"}}, "createSecret.privateKey holds a path, and takes the key itself: --set-file createSecret.privateKey=PATH"),
    "known hosts in the Secret and beside it": ({"existingSecretKeys": {"knownHosts": "k"}, "knownHosts": {"inline": "a"}}, "existingSecretKeys.knownHosts and knownHosts are both set"),
    "a time zone is no server": ({"server": {"host": ""}, "extraEnv": [{"name": "TZ", "value": "UTC"}]}, "server.host is empty"),
    "nor is it a forward": ({"forwards": {"db": None}, "extraEnv": [{"name": "TZ", "value": "UTC"}]}, "forwards is empty"),
    "nor a key": ({"existingSecret": "", "extraEnv": [{"name": "TZ", "value": "UTC"}]}, "there is nothing to log in with"),
    "an empty variable is none": ({"server": {"host": ""}, "extraEnv": [{"name": "SSH_REMOTE_HOST", "value": ""}]}, "server.host is empty"),
    "a variable twice": ({"extraEnv": [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]}, "extraEnv has A twice: keep one"),
    "a value from two places": ({"extraEnv": [{"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]}, "extraEnv gives A a value and a valueFrom"),
    "a key beside the Secret's": ({"extraEnv": [{"name": "SSH_KEY", "value": "k"}]}, "extraEnv sets SSH_KEY, and another value makes the chart set SSH_KEY_FILE: keep one of them"),
    "an admin port that nobody asks": ({"extraEnv": [{"name": "TOWLINE_ADMIN_LISTEN", "value": "127.0.0.1:9022"}]}, "extraEnv sets TOWLINE_ADMIN_LISTEN, but the probes and the Service ask port 9022"),
    "no admin port": ({"extraEnv": [{"name": "TOWLINE_ADMIN_LISTEN", "value": "off"}]}, "extraEnv sets TOWLINE_ADMIN_LISTEN"),
    "forwards beside forwards": ({"extraEnv": [{"name": "SSH_FORWARDS", "value": "-D 1"}]}, "extraEnv sets SSH_FORWARDS, and forwards is not empty"),
    "a file on no volume": ({"settings": {"portFile": "/run/towline/ports"}}, 'settings.portFile is "/run/towline/ports", which is on no volume'),
    "a file on another volume": ({"settings": {"stateDir": "/state"}, "extraVolumeMounts": [{"name": "a", "mountPath": "/stat"}]}, 'settings.stateDir is "/state", which is on no volume'),
}

REMOTE = {"web": {"flag": "-R", "listen": 8080, "connect": "web:80"}}

SHARE = {"db": None, "tools": {"flag": "-S", "listen": 2222}}
USERS = {"users": {"existingSecret": "tools-users"}}

ENDPOINT = {
    "a target for -S": ({"forwards": {"db": {"flag": "-S"}}}, "forwards.db.connect is set, but -S has no target: what its clients ask for goes to the server"),
    "a probe for -S": ({"forwards": {**SHARE, "tools": {"flag": "-S", "listen": 2222, "probe": "tcp"}}}, "forwards.tools.probe is not for -S, which has no target"),
    "an idle time for -S": ({"forwards": {**SHARE, "tools": {"flag": "-S", "listen": 2222, "idleTimeout": "1h"}}}, "forwards.tools.idleTimeout is not for -S"),
    "no port for -S": ({"forwards": {"db": None, "tools": {"flag": "-S"}}, "endpoint": USERS}, "forwards.tools.listen has no port"),
    "everybody may log in": ({"forwards": SHARE}, "forwards.tools listens on an address of the pod, and everybody who reaches it could use the server's account: set endpoint.users.existingSecret"),
    "everybody may, without a Service too": ({"forwards": {**SHARE, "tools": {"flag": "-S", "listen": 2222, "service": False}}}, "forwards.tools listens on an address of the pod"),
    "an empty list of users": ({"forwards": SHARE, "endpoint": {"users": {"existingSecret": "a", "authorizedKeys": ""}}}, "endpoint.users names neither authorizedKeys, userCaKeys nor passwords"),
    "a Secret without host keys": ({"forwards": SHARE, "endpoint": {**USERS, "hostKeys": {"existingSecret": "a", "keys": []}}}, "endpoint.hostKeys.keys is empty"),
    "another host key in each pod": ({"forwards": SHARE, "endpoint": USERS, "replicaCount": 2}, "forwards.tools has several pods, and each would show its clients another host key: set endpoint.hostKeys.existingSecret"),
    "another host key on each node": ({"forwards": SHARE, "endpoint": USERS, "kind": "DaemonSet"}, "forwards.tools has several pods"),
    "users for nothing": ({"endpoint": USERS}, "endpoint.users.existingSecret is set, but no forward has the flag -S"),
    "host keys for nothing": ({"endpoint": {"hostKeys": {"existingSecret": "a"}}}, "endpoint.hostKeys.existingSecret is set, but no forward has the flag -S"),
    "a limit for nothing": ({"endpoint": {"maxClients": 5}}, "endpoint.maxClients is set, but no forward has the flag -S"),
    "a wait with another unit": ({"forwards": SHARE, "endpoint": {**USERS, "wait": "5min"}}, 'endpoint.wait is "5min"; it must be a duration'),
    "a path for a key of the Secret": ({"forwards": SHARE, "endpoint": {"users": {"existingSecret": "a", "authorizedKeys": "/etc/keys"}}}, "endpoint.users.authorizedKeys must be the name of a key in the Secret"),
    "authorized keys from two places": ({"forwards": SHARE, "endpoint": USERS, "extraEnv": [{"name": "TOWLINE_AUTHORIZED_KEYS", "value": "k"}]}, "extraEnv sets TOWLINE_AUTHORIZED_KEYS, and another value makes the chart set TOWLINE_AUTHORIZED_KEYS_FILE: keep one"),
    "two forwards on the port of -S": ({"forwards": {"tools": {"flag": "-S", "listen": 5432}}, "endpoint": USERS}, "forwards.tools listens on port 5432, which is taken by forwards.db"),
}

PUBLISH = {
    "a service for nothing": ({"publish": {"service": "sish"}}, "publish.service is set, but no forward has the flag -R"),
    "words for nobody": ({"publish": {"options": "x"}}, "publish.options is set, but publish.service is not"),
    "an address of no forward": ({"forwards": REMOTE, "publish": {"service": "sish", "expect": {"api": "https://a.example"}}}, "publish.expect.api names no forward with the flag -R"),
    "a public socket": ({"forwards": {"web": {"flag": "-R", "listen": "/run/a.sock", "connect": "web:80"}}, "publish": {"service": "sish"}}, "forwards.web.listen is a socket, which no service makes public"),
    "a URL file on no volume": ({"forwards": REMOTE, "publish": {"service": "sish", "urlFile": "/run/towline/urls"}}, 'publish.urlFile is "/run/towline/urls", which is on no volume'),
}

TEMPLATE = {
    "no server": ({"server": {"host": ""}}, "server.host is empty: set it to the name or address of the SSH server"),
    "no forwards": ({"forwards": {"db": None}}, "forwards is empty: add at least one"),
    "nothing to log in with": ({"existingSecret": ""}, "there is nothing to log in with: set existingSecret"),
    "no key in the Secret": ({"existingSecretKeys": {"privateKey": ""}}, "existingSecretKeys names neither a privateKey nor a password"),
    "two Secrets": ({"createSecret": {"enabled": True, "privateKey": "k"}}, "existingSecret and createSecret.enabled are both set"),
    "an empty Secret": ({"existingSecret": "", "createSecret": {"enabled": True}}, "neither createSecret.privateKey nor createSecret.password"),
    "two sources of known hosts": ({"knownHosts": {"inline": "a", "existingConfigMap": "b"}}, "knownHosts.inline and knownHosts.existingConfigMap are both set"),
    "no target": ({"forwards": {"db": {"connect": ""}}}, "forwards.db.connect is empty: -L needs a target"),
    "a target without a port": ({"forwards": {"db": {"connect": "db"}}}, 'forwards.db.connect is "db", which is neither host:port nor the path of a socket'),
    "a target that a template makes": ({"forwards": {"db": {"connect": "{{ .Release.Name }} b:1"}}}, 'forwards.db.connect is "r b:1"'),
    "something that is no place to listen": ({"forwards": {"db": {"listen": "localhost"}}}, '1 problem(s) in the values: - forwards.db.listen is "localhost", which is neither a port, address:port'),
    "a port beyond the last, as text": ({"forwards": {"db": {"listen": "0.0.0.0:70000"}}}, "forwards.db.listen has port 70000"),
    "no port for -L": ({"forwards": {"db": {"listen": 0}}}, "forwards.db.listen has no port: a Service needs to know it"),
    "a target for -D": ({"forwards": {"db": {"flag": "-D"}}}, "forwards.db.connect is set, but -D has no target"),
    "a socket for -D": ({"forwards": {"db": {"flag": "-D", "connect": "", "listen": "/a"}}}, "forwards.db.listen is a socket, but -D listens on a port"),
    "a probe for -D": ({"forwards": {"db": {"flag": "-D", "connect": "", "probe": "tcp"}}}, "forwards.db.probe is not for -D"),
    "the PROXY protocol for -L": ({"forwards": {"db": {"proxyProtocol": "v1"}}}, "forwards.db.proxyProtocol is only for -R"),
    "a forward called admin": ({"forwards": {"admin": {"flag": "-D", "listen": 1}}}, "forwards.admin: the port of this name is towline's own"),
    "a forward on the admin port": ({"forwards": {"db": {"listen": 9022}}}, "forwards.db listens on port 9022, which is taken by the admin port"),
    "two forwards on one port": ({"forwards": {"e": {"flag": "-D", "listen": 5432}}}, "forwards.e listens on port 5432, which is taken by forwards.db"),
    "one port of the Service twice": ({"forwards": {"e": {"flag": "-D", "listen": 1080, "servicePort": 5432}}}, "forwards.e has the same port in the Service as forwards.db: set servicePort"),
    "two pods for one port of the server": ({"forwards": REMOTE, "replicaCount": 2}, "replicaCount is 2, but only one client at a time can listen on the server's port of web: set replicaCount=1, or remoteStandby=true"),
    "a rollout that cannot end": ({"forwards": REMOTE, "strategy": {"type": "RollingUpdate"}}, "strategy.type is RollingUpdate, but the new pod cannot get the server's port of web"),
    "a drain longer than the grace period": ({"settings": {"drainTimeout": "1m"}}, "settings.shutdownDelay and settings.drainTimeout take 65 s together, more than terminationGracePeriodSeconds (30)"),
    "two budgets": ({"podDisruptionBudget": {"minAvailable": 1, "maxUnavailable": 1}}, "podDisruptionBudget.minAvailable and .maxUnavailable are both set"),
    "two monitors": ({"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}, "serviceMonitor and podMonitor are both enabled"),
    "a pod on each node for one port of the server": ({"forwards": REMOTE, "kind": "DaemonSet"}, "kind is DaemonSet, but only one client at a time can listen on the server's port of web: set kind=Deployment, or remoteStandby=true"),
    "replicas of a DaemonSet": ({"kind": "DaemonSet", "replicaCount": 2}, "replicaCount is 2, but a DaemonSet has a pod on each node"),
    "a Deployment's strategy for a DaemonSet": ({"kind": "DaemonSet", "strategy": {"type": "Recreate"}}, "strategy.type is Recreate, which a DaemonSet does not know: RollingUpdate or OnDelete"),
    "a DaemonSet's strategy for a Deployment": ({"strategy": {"type": "OnDelete"}}, "strategy.type is OnDelete, which a Deployment does not know: RollingUpdate or Recreate"),
    "a rolling update without its type": ({"strategy": {"rollingUpdate": {"maxSurge": 2}}}, "strategy.rollingUpdate is set without strategy.type=RollingUpdate"),
    "a policy for the node's network": ({"hostNetwork": True, "networkPolicy": {"enabled": True}}, "networkPolicy.enabled and hostNetwork are both set"),
    "a low port of the node": ({"hostNetwork": True, "forwards": LOW}, "forwards.db listens on port 80, but ports below 1024 need a right that the container does not have: choose a port from 1024 up (servicePort=80 keeps the Service's), or run it as root with the capability NET_BIND_SERVICE"),
    "a port of the Service for -R": ({"forwards": {"web": {**REMOTE["web"], "servicePort": 80}}}, "forwards.web.servicePort is set, but no Service leads to this forward"),
    "a port of the nodes for loopback": ({"service": {"type": "NodePort"}, "forwards": {"db": {"listen": "127.0.0.1:5432", "nodePort": 30000}}}, "forwards.db.nodePort is set, but no Service leads to this forward"),
    "a port of the nodes for a ClusterIP": ({"forwards": {"db": {"nodePort": 30000}}}, "forwards.db.nodePort needs service.type NodePort or LoadBalancer"),
    "an address for a headless Service": ({"service": {"headless": True, "clusterIP": "10.0.0.1"}}, "service.headless has no address"),
    "who may use no load balancer": ({"service": {"loadBalancerSourceRanges": ["192.0.2.0/24"]}}, "service.loadBalancerSourceRanges needs service.type LoadBalancer"),
    "the way from outside to a ClusterIP": ({"service": {"externalTrafficPolicy": "Local"}}, "service.externalTrafficPolicy needs service.type NodePort or LoadBalancer"),
    "TLS without its scheme": ({"serviceMonitor": {"enabled": True, "tlsConfig": {"insecureSkipVerify": True}}}, "serviceMonitor.tlsConfig is set, but not serviceMonitor.scheme=https"),
    "the ServiceMonitor without its Service": ({"serviceMonitor": {"enabled": True}, "metricsService": {"enabled": False}}, "serviceMonitor needs metricsService.enabled"),
}


def texts(values, path=()):
    """Every value that is text or a list, with its path."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from texts(value, (*path, key))
        elif isinstance(value, (str, list)):
            yield (*path, key), value


DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
TEXTS = {".".join(path): (path, value) for path, value in texts(DEFAULTS)}


@spread
class Mistakes(unittest.TestCase):
    def refusal(self, values):
        with self.assertRaises(Refused) as refused:
            render(values)
        return " ".join(str(refused.exception).split())

    @cases(SCHEMA)
    def test_the_schema_refuses(self, row):
        values, words = row
        self.assertIn(words, self.refusal(values))

    @cases({**FORMATS, **SERVER, **ENDPOINT, **PUBLISH, **TEMPLATE})
    def test_the_templates_refuse(self, row):
        values, words = row
        self.assertIn(words, self.refusal(values))

    def test_all_problems_are_told_at_once(self):
        refusal = self.refusal({"server": {"host": ""}, "existingSecret": "", "forwards": {"db": {"connect": ""}}})
        self.assertIn("towline: 3 problem(s) in the values", refusal)

    def test_no_message_is_a_pattern(self):
        self.assertNotIn('"pattern', (CHART / "values.schema.json").read_text())

    @cases(TEXTS)
    def test_a_key_in_the_wrong_value_is_not_repeated(self, row):
        path, value = row
        secret = base64.b64encode(hashlib.sha512(b"secret").digest()).decode()
        for form in (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{secret}\n-----END OPENSSH PRIVATE KEY-----\n", secret):
            values = {path[-1]: [form] if isinstance(value, list) else form}
            for key in reversed(path[:-1]):
                values = {key: values}
            try:
                render(values)
            except Refused as refused:
                runs = [secret[i:i + 12] for i in range(len(secret) - 11)]
                self.assertFalse([run for run in runs if run in str(refused)], str(refused))

    def test_keys_are_tried_in_every_text(self):
        self.assertGreater(len(TEXTS), 75)

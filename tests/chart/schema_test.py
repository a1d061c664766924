"""Mistakes in values, and what Helm says to each: the place, and what would be right."""
import unittest

from chart import Refused, cases, render, spread

# the mistake: values over the least ones, and words of the message
SCHEMA = {
    "a misspelt value": ({"replicas": 2}, "Additional property replicas is not allowed"),
    "a misspelt value inside": ({"server": {"hostname": "a"}}, "server: Additional property hostname is not allowed"),
    "a setting that does not exist": ({"settings": {"loglevel": "info"}}, "settings: Additional property loglevel is not allowed"),
    "a misspelt option of a forward": ({"forwards": {"db": {"max_connections": 1}}}, "forwards.db: Additional property max_connections is not allowed"),
    "forwards as a list": ({"forwards": [{"flag": "-L"}]}, "forwards: Invalid type. Expected: object, given: array"),
    "a forward as text": ({"forwards": {"db": "-L 5432:db:5432"}}, "forwards.db: Invalid type. Expected: [object,null], given: string"),
    "a forward without a flag": ({"forwards": {"new": {"listen": 1}}}, "forwards.new: flag is required"),
    "a flag that does not exist": ({"forwards": {"db": {"flag": "-X"}}}, 'forwards.db.flag must be one of the following: "-L", "-R", "-D"'),
    "a name with capitals": ({"forwards": {"Db": {"flag": "-D", "listen": 1}}}, "forwards: Additional property Db is not allowed"),
    "a name that is no port's name": ({"forwards": {"a--b": {"flag": "-D", "listen": 1}}}, "forwards: Additional property a--b is not allowed"),
    "a name longer than a port's": ({"forwards": {"a-very-long-name": {"flag": "-D", "listen": 1}}}, "String length must be less than or equal to 15"),
    "a port beyond the last": ({"server": {"port": 65536}}, "server.port: Must be less than or equal to 65535"),
    "a port as text": ({"server": {"port": "ssh"}}, "server.port: Invalid type. Expected: integer, given: string"),
    "a port of a forward beyond the last": ({"forwards": {"db": {"listen": 70000}}}, "forwards.db.listen: Must be less than or equal to 65535"),
    "a second forward in the target": ({"forwards": {"db": {"connect": "a:1;x=-D 1"}}}, "forwards.db.connect: Does not match pattern"),
    "a line end in the target": ({"forwards": {"db": {"connect": "a:1\n-D 1"}}}, "forwards.db.connect: Does not match pattern"),
    "a comment in listen": ({"forwards": {"db": {"listen": "1 #"}}}, "forwards.db.listen: Does not match pattern"),
    "no connections": ({"forwards": {"db": {"maxConnections": 0}}}, "forwards.db.maxConnections: Must be greater than or equal to 1"),
    "a probe that does not exist": ({"forwards": {"db": {"probe": "icmp"}}}, "forwards.db.probe: Does not match pattern"),
    "a version of the PROXY protocol": ({"forwards": {"db": {"proxyProtocol": "v3"}}}, 'forwards.db.proxyProtocol must be one of the following: "", "v1", "v2"'),
    "a boolean as text": ({"forwards": {"db": {"required": "no"}}}, "forwards.db.required: Invalid type. Expected: boolean, given: string"),
    "a duration with another unit": ({"settings": {"backoffMax": "5 min"}}, "settings.backoffMax: Does not match pattern"),
    "a log level that does not exist": ({"settings": {"logLevel": "verbose"}}, 'settings.logLevel must be one of the following: "", "error", "warn", "info", "debug", "trace"'),
    "a control port for everybody": ({"settings": {"controlListen": "0.0.0.0:9023"}}, "settings.controlListen: Does not match pattern"),
    "an MD5 fingerprint": ({"settings": {"hostKeyFingerprints": ["MD5:aa"]}}, "settings.hostKeyFingerprints.0: Does not match pattern"),
    "a relative path": ({"settings": {"stateDir": "state"}}, "settings.stateDir: Does not match pattern"),
    "host key checking by another word": ({"settings": {"strictHostKeyChecking": "ask"}}, "settings.strictHostKeyChecking must be one of the following"),
    "a digest without its kind": ({"image": {"digest": "0123"}}, "image.digest: Does not match pattern"),
    "a pull policy that does not exist": ({"image": {"pullPolicy": "always"}}, 'image.pullPolicy must be one of the following: "Always", "IfNotPresent", "Never"'),
    "a pull secret as a map": ({"image": {"pullSecrets": [{"name": "a"}]}}, "image.pullSecrets.0: Invalid type. Expected: string, given: object"),
    "a strategy that does not exist": ({"strategy": {"type": "BlueGreen"}}, 'strategy.type must be one of the following: "Recreate", "RollingUpdate"'),
    "a misspelt part of a probe": ({"livenessProbe": {"timeout": 5}}, "livenessProbe: Additional property timeout is not allowed"),
    "a variable without a name": ({"extraEnv": [{"value": "1"}]}, "extraEnv.0: name is required"),
    "variables as a map": ({"extraEnv": {"A": "1"}}, "extraEnv: Invalid type. Expected: array, given: object"),
    "a number as a variable's value": ({"extraEnv": [{"name": "A", "value": 1}]}, "extraEnv.0.value: Invalid type. Expected: string, given: integer"),
    "a label that is no text": ({"podLabels": {"a": True}}, "podLabels.a: Invalid type. Expected: string, given: boolean"),
    "an address that is no CIDR": ({"networkPolicy": {"serverCidrs": ["192.0.2.1"]}}, "networkPolicy.serverCidrs.0: Does not match pattern"),
    "a kind of Service that does not exist": ({"service": {"type": "Public"}}, "service.type must be one of the following"),
    "an interval that Prometheus cannot read": ({"serviceMonitor": {"interval": "30"}}, "serviceMonitor.interval: Does not match pattern"),
    "the key in the wrong place": ({"existingSecretKeys": {"privateKey": "a/b"}}, "existingSecretKeys.privateKey: Does not match pattern"),
}

REMOTE = {"web": {"flag": "-R", "listen": 8080, "connect": "web:80"}}

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
    "one port of the Service twice": ({"forwards": {"e": {"flag": "-D", "listen": 1, "servicePort": 5432}}}, "forwards.e has the same port in the Service as forwards.db: set servicePort"),
    "two pods for one port of the server": ({"forwards": REMOTE, "replicaCount": 2}, "replicaCount is 2, but one client only can listen on the server's port of web: set replicaCount=1, or remoteStandby=true"),
    "a rollout that cannot end": ({"forwards": REMOTE, "strategy": {"type": "RollingUpdate"}}, "strategy.type is RollingUpdate, but the new pod cannot have the server's port of web"),
    "a drain longer than the grace period": ({"settings": {"drainTimeout": "1m"}}, "settings.shutdownDelay and settings.drainTimeout take 65 s together, more than terminationGracePeriodSeconds (30)"),
    "two budgets": ({"podDisruptionBudget": {"minAvailable": 1, "maxUnavailable": 1}}, "podDisruptionBudget.minAvailable and .maxUnavailable are both set"),
    "two monitors": ({"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}, "serviceMonitor and podMonitor are both enabled"),
    "the ServiceMonitor without its Service": ({"serviceMonitor": {"enabled": True}, "metricsService": {"enabled": False}}, "serviceMonitor needs metricsService.enabled"),
}


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

    @cases(TEMPLATE)
    def test_the_templates_refuse(self, row):
        values, words = row
        self.assertIn(words, self.refusal(values))

    def test_all_problems_are_told_at_once(self):
        refusal = self.refusal({"server": {"host": ""}, "existingSecret": "", "forwards": {"db": {"connect": ""}}})
        self.assertIn("towline: 3 problem(s) in the values", refusal)

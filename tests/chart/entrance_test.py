"""The public entrance (mode: expose): what the templates make of its values, and what Helm says to mistakes in them."""
import unittest

from chart import LEAST, Refused, cases, container, env, find, kinds, merged, pod, render, spread, workload

ENTRANCE = {"mode": "expose", "endpoint": {"users": {"existingSecret": "users"}}, "expose": {"domain": "example.com"}}
TLS = {"expose": {"tls": {"existingSecret": "web-tls"}}}
PORTS = {"expose": {"tcpPorts": [9000, 9001]}}


def rendered(values=None, **options):
    return render(values, base=ENTRANCE, **options)


# values, variable, its value (None: not set)
VARIABLES = {
    "the mode": ({}, "SSH_MODE", "expose"),
    "no forwards": ({}, "SSH_FORWARDS", None),
    "no server": ({}, "SSH_REMOTE_HOST", None),
    "nor its port": ({}, "SSH_REMOTE_PORT", None),
    "clients come to every address of the pod": ({}, "TOWLINE_SSH_LISTEN", ":2222"),
    "at another port": ({"expose": {"ssh": {"port": 2200}}}, "TOWLINE_SSH_LISTEN", ":2200"),
    "the domain": ({"expose": {"domain": "{{ .Release.Name }}.example.com"}}, "TOWLINE_EXPOSE_DOMAIN", "r.example.com"),
    "HTTP with a domain": ({}, "TOWLINE_HTTP_LISTEN", ":8080"),
    "no HTTP": ({"expose": {"http": {"enabled": False}}}, "TOWLINE_HTTP_LISTEN", "off"),
    "no HTTP without a domain": (merged(PORTS, {"expose": {"domain": ""}}), "TOWLINE_HTTP_LISTEN", None),
    "no HTTPS without a certificate": ({}, "TOWLINE_HTTPS_LISTEN", "off"),
    "HTTPS with one": (TLS, "TOWLINE_HTTPS_LISTEN", ":8443"),
    "HTTPS of clients alone": ({"expose": {"https": {"enabled": True}}}, "TOWLINE_HTTPS_LISTEN", ":8443"),
    "HTTPS with a folder of one's own": ({"extraEnv": [{"name": "TOWLINE_TLS_DIR", "value": "/tls"}]}, "TOWLINE_HTTPS_LISTEN", ":8443"),
    "certificates": (TLS, "TOWLINE_TLS_DIR", "/etc/towline/tls"),
    "no certificates": ({}, "TOWLINE_TLS_DIR", None),
    "no TCP ports that no Service leads to": ({}, "TOWLINE_EXPOSE_PORTS", "none"),
    "TCP ports": (PORTS, "TOWLINE_EXPOSE_PORTS", "9000-9001"),
    "in any order": ({"expose": {"tcpPorts": [9002, 9000, 9001]}}, "TOWLINE_EXPOSE_PORTS", "9000-9002"),
    "one TCP port": ({"expose": {"tcpPorts": [9000]}}, "TOWLINE_EXPOSE_PORTS", "9000-9000"),
    "ports of the node": ({"hostNetwork": True, "expose": {"ports": "9000-9999"}}, "TOWLINE_EXPOSE_PORTS", "9000-9999"),
    "TCP ports with a gap": ({"expose": {"tcpPorts": [9000, 9005], "ports": "9000-9005"}}, "TOWLINE_EXPOSE_PORTS", "9000-9005"),
    "on every address": (PORTS, "TOWLINE_EXPOSE_BIND", "*"),
    "on one": (merged(PORTS, {"expose": {"bind": "192.0.2.1"}}), "TOWLINE_EXPOSE_BIND", "192.0.2.1"),
    "on none": ({}, "TOWLINE_EXPOSE_BIND", None),
    "who names": ({"expose": {"names": "stable"}}, "TOWLINE_EXPOSE_NAMES", "stable"),
    "towline's own default": ({}, "TOWLINE_EXPOSE_NAMES", None),
    "the same name": ({"expose": {"sameName": "replace"}}, "TOWLINE_EXPOSE_SAME_NAME", "replace"),
    "balance": ({"expose": {"balance": "ip-hash"}}, "TOWLINE_EXPOSE_BALANCE", "ip-hash"),
    "kinds": ({"expose": {"allow": ["http", "sni"]}}, "TOWLINE_EXPOSE_ALLOW", "http,sni"),
    "no quota is a setting": ({"expose": {"quota": 0}}, "TOWLINE_EXPOSE_QUOTA", "0"),
    "a rate": ({"expose": {"rate": "512k"}}, "TOWLINE_EXPOSE_RATE", "512k"),
    "a rate as a number": ({"expose": {"rate": 1048576}}, "TOWLINE_EXPOSE_RATE", "1048576"),
    "a pool": ({"expose": {"pool": 1000000}}, "TOWLINE_EXPOSE_POOL", "1000000"),
    "of one address": ({"expose": {"perIp": 8}}, "TOWLINE_EXPOSE_PER_IP", "8"),
    "who may come": ({"expose": {"allowFrom": ["10.0.0.0/8", "2001:db8::1"]}}, "TOWLINE_EXPOSE_ALLOW_FROM", "10.0.0.0/8,2001:db8::1"),
    "who may not": ({"expose": {"denyFrom": ["192.0.2.7"]}}, "TOWLINE_EXPOSE_DENY_FROM", "192.0.2.7"),
    "by HTTPS": (merged(TLS, {"expose": {"forceHttps": True}}), "TOWLINE_EXPOSE_FORCE_HTTPS", "true"),
    "by HTTPS only": (merged(TLS, {"expose": {"hsts": 31536000}}), "TOWLINE_EXPOSE_HSTS", "31536000"),
    "no log for clients": ({"expose": {"clientLog": False}}, "TOWLINE_EXPOSE_CLIENT_LOG", "false"),
    "time to accept": ({"expose": {"openTimeout": 5}}, "TOWLINE_EXPOSE_OPEN_TIMEOUT", "5"),
    "users": ({}, "TOWLINE_AUTHORIZED_KEYS_FILE", "/etc/towline/users/authorized_keys"),
    "host keys": ({"endpoint": {"hostKeys": {"existingSecret": "a"}}}, "TOWLINE_HOST_KEY_FILE", "/etc/towline/host-keys/ssh_host_ed25519_key"),
    "a limit of clients": ({"endpoint": {"maxClients": 5}}, "TOWLINE_MAX_CLIENTS", "5"),
    "a delay, as there is a Service": ({}, "TOWLINE_SHUTDOWN_DELAY", "5s"),
    "a tunnel is none": ({"mode": "tunnel", "endpoint": {"users": {"existingSecret": ""}}, "expose": {"domain": ""}, **LEAST}, "SSH_MODE", None),
}

# values, ports of the Service by name
SERVICES = {
    "clients and HTTP": ({}, {"ssh": 22, "http": 80}),
    "HTTPS": (TLS, {"ssh": 22, "http": 80, "https": 443}),
    "HTTPS alone": (merged(TLS, {"expose": {"http": {"enabled": False}}}), {"ssh": 22, "https": 443}),
    "TCP ports": (PORTS, {"ssh": 22, "http": 80, "tcp-9000": 9000, "tcp-9001": 9001}),
    "names alone": ({"expose": {"domain": ""}}, {"ssh": 22}),
    "other ports": ({"expose": {"ssh": {"servicePort": 2222}, "http": {"servicePort": 8080}}}, {"ssh": 2222, "http": 8080}),
}

# the mistake: values over ENTRANCE, and words of the message
MISTAKES = {
    "a server": ({"server": {"host": "a"}}, "server is set, but mode is expose: clients come to towline, and there is no server"),
    "a server's port": ({"server": {"port": 2222}}, "server is set, but mode is expose"),
    "a forward": ({"forwards": {"db": {"flag": "-L", "listen": 1024, "connect": "a:1"}}}, "forwards.db is set, but mode is expose, where clients say what they offer"),
    "a key to log in with": ({"existingSecret": "a"}, "existingSecret is set, but mode is expose: towline logs in nowhere; host keys and users of the entrance are in endpoint"),
    "a key from values": ({"createSecret": {"enabled": True, "privateKey": "k"}}, "createSecret.enabled is set, but mode is expose"),
    "known hosts": ({"knownHosts": {"inline": "a"}}, "knownHosts is set, but mode is expose"),
    "a setting of tunnels": ({"settings": {"idleTimeout": 0}}, "settings.idleTimeout is set, but mode is expose: it is for tunnels"),
    "a list of tunnels": ({"settings": {"exitOn": ["auth"]}}, "settings.exitOn is set, but mode is expose"),
    "what clients of -S may do": ({"endpoint": {"allow": ["session"]}}, "endpoint.allow is set, but mode is expose: it is for clients of -S; expose.allow says what may be offered"),
    "a wait for -S": ({"endpoint": {"wait": "1m"}}, "endpoint.wait is set, but mode is expose: it is for clients of -S"),
    "a way to a server": ({"networkPolicy": {"serverCidrs": ["192.0.2.0/24"]}}, "networkPolicy.serverCidrs is set, but mode is expose"),
    "two pods": ({"replicaCount": 2}, "replicaCount is 2, but names live in one process: half of the visitors would come to a pod that does not know their client; set replicaCount=1"),
    "a pod on each node": ({"kind": "DaemonSet"}, "kind is DaemonSet, but names live in one process"),
    "standbys": ({"remoteStandby": True}, "remoteStandby is for tunnels with an -R"),
    "no users": ({"endpoint": {"users": {"existingSecret": ""}}}, "endpoint.users.existingSecret is empty, and everybody could offer what they like under your domain"),
    "an empty list of users": ({"endpoint": {"users": {"authorizedKeys": ""}}}, "endpoint.users names neither authorizedKeys, userCaKeys nor passwords"),
    "a domain with a scheme": ({"expose": {"domain": "https://example.com"}}, 'expose.domain is "https://example.com"; it must be a domain without a scheme, a port or a *'),
    "a wildcard for a domain": ({"expose": {"domain": "*.example.com"}}, 'expose.domain is "*.example.com"; it must be a domain'),
    "certificates twice": ({"expose": {"tls": {"existingSecret": "a", "existingSecrets": ["b"]}}}, "expose.tls.existingSecret and expose.tls.existingSecrets are both set"),
    "one certificate twice": ({"expose": {"tls": {"existingSecrets": ["a", "a"]}}}, "expose.tls.existingSecrets has one of them twice"),
    "a certificate from two places": (merged(TLS, {"extraEnv": [{"name": "TOWLINE_TLS_DIR", "value": "/tls"}]}), "extraEnv sets TOWLINE_TLS_DIR, and expose.tls makes the chart set it"),
    "a certificate without a domain": (merged(TLS, {"expose": {"domain": ""}}), "expose.tls is set, but expose.domain is empty"),
    "a certificate that nobody sees": (merged(TLS, {"expose": {"https": {"enabled": False}}}), "expose.tls is set, but expose.https.enabled is false"),
    "HTTP without a domain": (merged(PORTS, {"expose": {"domain": "", "http": {"enabled": True}}}), "expose.http.enabled is true, but expose.domain is empty"),
    "HTTPS of nobody": ({"expose": {"https": {"enabled": True}, "allow": ["http"]}}, "expose.https.enabled is true, but there is no certificate in expose.tls, and expose.allow has no sni"),
    "to an HTTPS that is not there": ({"expose": {"forceHttps": True}}, "expose.forceHttps is set, but there is no HTTPS: set expose.tls.existingSecret"),
    "HSTS without HTTPS": ({"expose": {"hsts": 60}}, "expose.hsts is set, but there is no HTTPS"),
    "nothing to offer": ({"expose": {"domain": "", "allow": ["http"]}}, "nothing can be offered: set expose.domain for HTTP, or expose.tcpPorts, or allow alias"),
    "TCP ports that are not allowed": (merged(PORTS, {"expose": {"allow": ["http"]}}), "expose.tcpPorts is set, but expose.allow has no tcp"),
    "no ports and some": (merged(PORTS, {"expose": {"ports": "none"}}), "expose.ports is none, and expose.tcpPorts is set"),
    "a TCP port outside": (merged(PORTS, {"expose": {"ports": "9001-9999"}}), "expose.tcpPorts has 9000, which is outside expose.ports (9001-9999)"),
    "a gap": ({"expose": {"tcpPorts": [9003, 9000, 9001]}}, "expose.tcpPorts has a gap after 9001, and towline knows one range: close it, or say in expose.ports"),
    "a TCP port twice": ({"expose": {"tcpPorts": [9000, 9000]}}, "expose.tcpPorts[1] listens on port 9000, which is taken by expose.tcpPorts[0]"),
    "the admin port": ({"expose": {"tcpPorts": [9022]}}, "expose.tcpPorts[0] listens on port 9022, which is taken by the admin port"),
    "the port of HTTP": ({"expose": {"tcpPorts": [8080]}}, "expose.tcpPorts[0] listens on port 8080, which is taken by expose.http"),
    "a port of the Service twice": ({"expose": {"ssh": {"servicePort": 80}}}, "expose.http has the port 80 in the Service, as expose.ssh has: set its servicePort"),
    "a port of the nodes for a ClusterIP": ({"expose": {"ssh": {"nodePort": 30022}}}, "expose.ssh.nodePort needs service.type NodePort or LoadBalancer"),
    "a low port of the node": ({"hostNetwork": True, "expose": {"http": {"port": 80}}}, "expose.http listens on port 80, but ports below 1024 need a right"),
    "a range with a word": ({"expose": {"ports": "all"}}, 'expose.ports is "all"; it must be a range of ports from 1024 up'),
    "a network that is none": ({"expose": {"denyFrom": ["example.com"]}}, 'expose.denyFrom[0] is "example.com"; it must be an address or a network'),
    "a rate with another unit": ({"expose": {"rate": "10MB"}}, 'expose.rate is "10MB"; it must be bytes per second'),
    "the mode from elsewhere": ({"extraEnv": [{"name": "SSH_MODE", "value": "-L"}]}, "extraEnv sets SSH_MODE, which the chart sets out of mode and expose"),
    "the domain from elsewhere": ({"extraEnv": [{"name": "TOWLINE_EXPOSE_DOMAIN", "value": "a"}]}, "extraEnv sets TOWLINE_EXPOSE_DOMAIN, which the chart sets"),
    "a mode that does not exist": ({"mode": "share"}, 'mode must be one of the following: "tunnel", "expose"'),
    "a TCP port below 1024": ({"expose": {"tcpPorts": [443]}}, "expose.tcpPorts.0: Must be greater than or equal to 1024"),
    "a kind that does not exist": ({"expose": {"allow": ["udp"]}}, 'expose.allow.0 must be one of the following: "http", "tcp", "alias", "sni"'),
    "a policy that does not exist": ({"expose": {"names": "free"}}, 'expose.names must be one of the following: "", "requested", "random", "stable", "dns"'),
    "a misspelt value": ({"expose": {"tcpPort": [9000]}}, "expose: Additional property tcpPort is not allowed"),
    "the certificate by its text": ({"expose": {"tls": {"cert": "a"}}}, "expose.tls: Additional property cert is not allowed"),
}

# values over LEAST, a tunnel's
OF_TUNNELS = {
    "a domain": ({"expose": {"domain": "a"}}, "expose.domain is set, but mode is tunnel"),
    "a certificate": (TLS, "expose.tls is set, but mode is tunnel: nothing would come of it without mode=expose"),
    "TCP ports": (PORTS, "expose.tcpPorts is set, but mode is tunnel"),
}


@spread
class Entrance(unittest.TestCase):
    @cases(VARIABLES)
    def test_variable(self, row):
        values, name, value = row
        self.assertEqual(env(rendered(values)).get(name), value)

    @cases(SERVICES)
    def test_service(self, row):
        values, ports = row
        objects = rendered(values)
        spec = find(objects, "Service", "r-towline")["spec"]
        self.assertEqual({p["name"]: p["port"] for p in spec["ports"]}, ports)
        named = {p["name"]: p["containerPort"] for p in container(objects)["ports"]}
        self.assertEqual(named.pop("admin"), 9022)
        self.assertEqual(set(named), {p["targetPort"] for p in spec["ports"]})
        self.assertNotIn("appProtocol", spec["ports"][0])

    @cases(MISTAKES)
    def test_refuses(self, row):
        values, words = row
        self.assertIn(words, self.refusal(values, ENTRANCE))

    @cases(OF_TUNNELS)
    def test_a_tunnel_refuses(self, row):
        values, words = row
        self.assertIn(words, self.refusal(values, LEAST))

    def refusal(self, values, base):
        with self.assertRaises(Refused) as refused:
            render(values, base=base)
        return " ".join(str(refused.exception).split())

    def test_tells_one_problem_for_one_mistake(self):
        self.assertIn("1 problem(s) in the values", self.refusal({"server": {"host": "a"}}, ENTRANCE))

    def test_its_objects_are_those_of_a_tunnel(self):
        self.assertEqual(kinds(rendered(TLS)), ["Deployment", "Pod", "Service", "Service", "ServiceAccount"])
        self.assertEqual(workload(rendered())["spec"]["strategy"]["type"], "RollingUpdate")

    def test_ports_listen_where_the_values_say(self):
        objects = rendered({"expose": {"ssh": {"port": 2200, "appProtocol": "ssh", "nodePort": 30022}}, "service": {"type": "NodePort"}})
        self.assertIn({"name": "ssh", "containerPort": 2200, "protocol": "TCP"}, container(objects)["ports"])
        self.assertEqual(find(objects, "Service", "r-towline")["spec"]["ports"][0],
                         {"name": "ssh", "port": 22, "targetPort": "ssh", "protocol": "TCP", "appProtocol": "ssh", "nodePort": 30022})

    def test_a_low_port_needs_a_sysctl(self):
        context = pod(rendered({"expose": {"http": {"port": 80}}}))["securityContext"]
        self.assertEqual(context["sysctls"], [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}])

    def certificates(self, values):
        objects = rendered(values)
        (mount,) = [m for m in container(objects)["volumeMounts"] if m["name"] == "towline-tls"]
        self.assertEqual((mount["mountPath"], mount["readOnly"]), ("/etc/towline/tls", True))
        self.assertNotIn("subPath", mount)
        (volume,) = [v["projected"] for v in pod(objects)["volumes"] if v["name"] == "towline-tls"]
        self.assertEqual(volume["defaultMode"], 0o440)
        return {(s["secret"]["name"], i["key"]): i["path"] for s in volume["sources"] for i in s["secret"]["items"]}

    def test_one_certificate_is_the_folder(self):
        self.assertEqual(self.certificates({"expose": {"tls": {"existingSecret": "{{ .Release.Name }}-tls"}}}),
                         {("r-tls", "tls.crt"): "tls.crt", ("r-tls", "tls.key"): "tls.key"})

    def test_of_several_each_has_a_folder(self):
        self.assertEqual(self.certificates({"expose": {"tls": {"existingSecrets": ["a", "b"]}}}), {
            ("a", "tls.crt"): "a/tls.crt", ("a", "tls.key"): "a/tls.key", ("b", "tls.crt"): "b/tls.crt", ("b", "tls.key"): "b/tls.key"})

    def test_network_policy_lets_visitors_in_and_nothing_out(self):
        spec = find(rendered(merged(merged(TLS, PORTS), {"networkPolicy": {"enabled": True, "forwardsFrom": [{"podSelector": {}}]}})), "NetworkPolicy")["spec"]
        _, clients, visitors = spec["ingress"]
        self.assertEqual(([p["port"] for p in clients["ports"]], clients["from"]), (["ssh"], [{"podSelector": {}}]))
        self.assertEqual([p["port"] for p in visitors["ports"]], ["http", "https", "tcp-9000", "tcp-9001"])
        self.assertNotIn("from", visitors)
        (names,) = spec["egress"]
        self.assertEqual([p["port"] for p in names["ports"]], [53, 53])

    def test_network_policy_knows_visitors(self):
        values = {"networkPolicy": {"enabled": True}, "expose": {"visitorsFrom": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}}
        spec = find(rendered(values), "NetworkPolicy")["spec"]
        self.assertEqual(spec["ingress"][2]["from"], [{"ipBlock": {"cidr": "192.0.2.0/24"}}])

    def test_users_may_be_asked_about_elsewhere(self):
        rendered({"endpoint": {"users": {"existingSecret": ""}}, "extraEnv": [{"name": "TOWLINE_AUTH_URL", "value": "https://login.example.com/"}]})

    def test_it_is_no_sidecar(self):
        self.assertEqual(rendered({"sidecarOnly": True}), [])

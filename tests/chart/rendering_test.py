"""What the templates make of values."""
import hashlib
import unittest

from chart import (CI_VALUES, LEAST, ROOT, Refused, cases, container, env, find, kinds, merged, parse, pod, pod_specs,
                   render, rendered_file, spread, workload)

# values of one forward called "x", and the line of SSH_FORWARDS
LINES = {
    "a port of -L is on every address": ({"flag": "-L", "listen": 5432, "connect": "db:5432"}, "x=-L *:5432:db:5432"),
    "an address of -L stays": ({"flag": "-L", "listen": "127.0.0.1:1", "connect": "db:2"}, "x=-L 127.0.0.1:1:db:2"),
    "IPv6 on both sides": ({"flag": "-L", "listen": "[::1]:1", "connect": "[2001:db8::1]:2"}, "x=-L [::1]:1:[2001:db8::1]:2"),
    "sockets on both sides": ({"flag": "-L", "listen": "/a", "connect": "/b"}, "x=-L /a:/b"),
    "a port of -R is the server's affair": ({"flag": "-R", "listen": 8080, "connect": "web:80"}, "x=-R 8080:web:80"),
    "the server chooses": ({"flag": "-R", "connect": "web:80"}, "x=-R 0:web:80"),
    "every address of the server": ({"flag": "-R", "listen": "*:8080", "connect": "web:80"}, "x=-R *:8080:web:80"),
    "-D has no target": ({"flag": "-D", "listen": 1080}, "x=-D *:1080"),
    "clients of -S ask for what they like": ({"flag": "-S", "listen": "127.0.0.1:2222"}, "x=-S 127.0.0.1:2222"),
    "a socket of -S": ({"flag": "-S", "listen": "/run/x.sock", "required": False}, "x=-S /run/x.sock required=no"),
    "templates": ({"flag": "-L", "listen": "{{ 1 }}", "connect": "{{ .Release.Name }}-db:1"}, "x=-L *:1:r-db:1"),
    "required says nothing": ({"flag": "-D", "listen": 1, "required": True}, "x=-D *:1"),
    "not required": ({"flag": "-D", "listen": 1, "required": False}, "x=-D *:1 required=no"),
    "a million connections": ({"flag": "-D", "listen": 1, "maxConnections": 1000000}, "x=-D *:1 max_connections=1000000"),
    "all options": ({"flag": "-R", "listen": 1, "connect": "a:1", "maxConnections": 2, "idleTimeout": "1m", "probe": "http:/a", "proxyProtocol": "v2"},
                    "x=-R 1:a:1 idle_timeout=1m max_connections=2 probe=http:/a proxy_protocol=v2"),
}

# -S for the cluster
SHARED = {"forwards": {"db": None, "tools": {"flag": "-S", "listen": 2222, "servicePort": 22}},
          "endpoint": {"hostKeys": {"existingSecret": "hosts", "keys": ["a", "b"]}, "users": {"existingSecret": "{{ .Release.Name }}-users"}}}

# What a service makes public.
PUBLIC = {"forwards": {"db": None, "web": {"flag": "-R", "listen": "web:80", "connect": "web:80"}}, "publish": {"service": "sish"}}

# values, variable, its value (None: not set)
VARIABLES = {
    "host": ({"server": {"host": "{{ .Release.Name }}.example.org"}}, "SSH_REMOTE_HOST", "r.example.org"),
    "port": ({"server": {"port": 2222}}, "SSH_REMOTE_PORT", "2222"),
    "user": ({"server": {"user": "tunnel"}}, "SSH_REMOTE_USER", "tunnel"),
    "no user": ({}, "SSH_REMOTE_USER", None),
    "jump hosts": ({"server": {"jumpHosts": ["a@b:1", "c"]}}, "SSH_JUMP_HOSTS", "a@b:1,c"),
    "admin port for both families": ({}, "TOWLINE_ADMIN_LISTEN", ":9022"),
    "key": ({}, "SSH_KEY_FILE", "/etc/towline/secret/ssh-privatekey"),
    "key by another name": ({"existingSecretKeys": {"privateKey": "id"}}, "SSH_KEY_FILE", "/etc/towline/secret/id"),
    "passphrase": ({"existingSecretKeys": {"passphrase": "p"}}, "SSH_KEY_PASSPHRASE_FILE", "/etc/towline/secret/p"),
    "certificate": ({"existingSecretKeys": {"certificate": "c"}}, "SSH_CERTIFICATE_FILE", "/etc/towline/secret/c"),
    "password": ({"existingSecretKeys": {"password": "p"}}, "SSH_PASSWORD_FILE", "/etc/towline/secret/p"),
    "keys of jump hosts": ({"existingSecretKeys": {"jumpKeys": ["a", "b"]}}, "SSH_JUMP_KEY_FILE", "/etc/towline/secret/a,/etc/towline/secret/b"),
    "known hosts in the Secret": ({"existingSecretKeys": {"knownHosts": "k"}}, "SSH_KNOWN_HOSTS_FILE", "/etc/towline/secret/k"),
    "known hosts inline": ({"knownHosts": {"inline": "a b c"}}, "SSH_KNOWN_HOSTS_FILE", "/etc/towline/known-hosts/known_hosts"),
    "known hosts by another key": ({"knownHosts": {"existingConfigMap": "m", "key": "k"}}, "SSH_KNOWN_HOSTS_FILE", "/etc/towline/known-hosts/k"),
    "no known hosts": ({}, "SSH_KNOWN_HOSTS_FILE", None),
    "a setting that is empty": ({"settings": {"logLevel": ""}}, "TOWLINE_LOG_LEVEL", None),
    "zero is a setting": ({"settings": {"idleTimeout": 0}}, "TOWLINE_IDLE_TIMEOUT", "0"),
    "how often is probed": ({"settings": {"probeInterval": "30s"}}, "SSH_PROBE_INTERVAL", "30s"),
    "time for targets": ({"settings": {"targetTimeout": 5}}, "TOWLINE_TARGET_TIMEOUT", "5"),
    "a large number": ({"settings": {"maxConnections": 1000000}}, "TOWLINE_MAX_CONNECTIONS", "1000000"),
    "minus one": ({"settings": {"maxStart": -1}}, "AUTOSSH_MAXSTART", "-1"),
    "yes, as YAML reads it": ({"settings": {"strictHostKeyChecking": True}}, "SSH_STRICT_HOST_KEY_CHECKING", "yes"),
    "no, as YAML reads it": ({"settings": {"strictHostKeyChecking": False}}, "SSH_STRICT_HOST_KEY_CHECKING", "no"),
    "off, as YAML reads it": ({"settings": {"controlListen": False}}, "TOWLINE_CONTROL_LISTEN", "off"),
    "true": ({"settings": {"strictEnv": True}}, "TOWLINE_STRICT_ENV", "true"),
    "false": ({"settings": {"strictEnv": False}}, "TOWLINE_STRICT_ENV", "false"),
    "a list": ({"settings": {"exitOn": ["auth", "host_key"]}}, "TOWLINE_EXIT_ON", "auth,host_key"),
    "logs for machines": ({}, "TOWLINE_LOG_FORMAT", "json"),
    "logs for Cloud Logging": ({"settings": {"logFormat": "gcp"}}, "TOWLINE_LOG_FORMAT", "gcp"),
    "a log of the connections": ({"settings": {"accessLog": True}}, "TOWLINE_ACCESS_LOG", "true"),
    "delay with a Service": ({}, "TOWLINE_SHUTDOWN_DELAY", "5s"),
    "no delay without one": ({"service": {"enabled": False}}, "TOWLINE_SHUTDOWN_DELAY", "0s"),
    "drain time out of the grace period": ({}, "TOWLINE_DRAIN_TIMEOUT", "20s"),
    "drain time without a delay": ({"service": {"enabled": False}}, "TOWLINE_DRAIN_TIMEOUT", "25s"),
    "drain time with a delay in minutes": ({"terminationGracePeriodSeconds": 600, "settings": {"shutdownDelay": "1m30s"}}, "TOWLINE_DRAIN_TIMEOUT", "505s"),
    "drain time of a short grace period": ({"terminationGracePeriodSeconds": 5, "settings": {"shutdownDelay": 2}}, "TOWLINE_DRAIN_TIMEOUT", "0s"),
    "drain time as written": ({"settings": {"drainTimeout": 10}}, "TOWLINE_DRAIN_TIMEOUT", "10"),
    "extra": ({"extraEnv": [{"name": "A", "value": "{{ .Release.Name }}"}]}, "A", "r"),
    "extra in place of the chart's": ({"extraEnv": [{"name": "SSH_REMOTE_PORT", "value": "2222"}]}, "SSH_REMOTE_PORT", "2222"),
    "extra in place of a setting": ({"settings": {"logLevel": "info"}, "extraEnv": [{"name": "TOWLINE_LOG_LEVEL", "value": "debug"}]}, "TOWLINE_LOG_LEVEL", "debug"),
    "host keys": (SHARED, "TOWLINE_HOST_KEY_FILE", "/etc/towline/host-keys/a,/etc/towline/host-keys/b"),
    "no host keys": (merged(SHARED, {"endpoint": {"hostKeys": {"existingSecret": ""}}}), "TOWLINE_HOST_KEY_FILE", None),
    "who may log in": (SHARED, "TOWLINE_AUTHORIZED_KEYS_FILE", "/etc/towline/users/authorized_keys"),
    "by certificates": (merged(SHARED, {"endpoint": {"users": {"userCaKeys": "ca"}}}), "TOWLINE_USER_CA_KEYS_FILE", "/etc/towline/users/ca"),
    "by passwords alone": (merged(SHARED, {"endpoint": {"users": {"authorizedKeys": "", "passwords": "p"}}}), "TOWLINE_PASSWORDS_FILE", "/etc/towline/users/p"),
    "not by keys then": (merged(SHARED, {"endpoint": {"users": {"authorizedKeys": "", "passwords": "p"}}}), "TOWLINE_AUTHORIZED_KEYS_FILE", None),
    "what clients may do": (merged(SHARED, {"endpoint": {"allow": ["session", "local"]}}), "TOWLINE_SHARE_ALLOW", "session,local"),
    "no wait for clients": (merged(SHARED, {"endpoint": {"wait": 0}}), "TOWLINE_SHARE_WAIT", "0"),
    "a limit of clients": (merged(SHARED, {"endpoint": {"maxClients": 1000000}}), "TOWLINE_MAX_CLIENTS", "1000000"),
    "a service": (PUBLIC, "SSH_PUBLISH", "sish"),
    "what it is asked for": (PUBLIC, "SSH_FORWARDS", "web=-R web:80:web:80"),
    "no words for it": (PUBLIC, "SSH_PUBLISH_OPTIONS", None),
    "words for it": (merged(PUBLIC, {"publish": {"options": "force-https=true"}}), "SSH_PUBLISH_OPTIONS", "force-https=true"),
    "what must come of it": (merged(PUBLIC, {"publish": {"expect": {"web": "https://{{ .Release.Name }}.example"}}}), "SSH_PUBLISH_EXPECT", "web=https://r.example"),
    "no service": ({}, "SSH_PUBLISH", None),
    "no limit of clients": (SHARED, "TOWLINE_MAX_CLIENTS", None),
    "the server from elsewhere": ({"server": {"host": ""}, "extraEnv": [{"name": "SSH_REMOTE_HOST", "value": "b"}]}, "SSH_REMOTE_HOST", "b"),
    "the port that belongs to it": ({"server": {"host": ""}, "extraEnvFrom": [{"configMapRef": {"name": "a"}}]}, "SSH_REMOTE_PORT", None),
    "a port for a server from elsewhere": ({"server": {"host": "", "port": 2222}, "extraEnvFrom": [{"configMapRef": {"name": "a"}}]}, "SSH_REMOTE_PORT", "2222"),
    "a user whose name has an @": ({"extraEnv": [{"name": "SSH_REMOTE_USER", "value": "me@example.org"}]}, "SSH_REMOTE_USER", "me@example.org"),
    "a server that asks for no key": ({"existingSecret": "", "settings": {"sshOptions": "-o PreferredAuthentications=none"}}, "SSH_KEY_FILE", None),
}

WEB = {"flag": "-R", "listen": 8080, "connect": "web:80"}
ANY = {"flag": "-R", "listen": 0, "connect": "web:80"}

# values, type of the strategy
STRATEGIES = {
    "-L rolls": ({}, "RollingUpdate"),
    "-R on a fixed port": ({"forwards": {"web": WEB}}, "Recreate"),
    "-R on a socket": ({"forwards": {"web": merged(WEB, {"listen": "/run/web.sock"})}}, "Recreate"),
    "-R on a port that the server chooses": ({"forwards": {"web": ANY}}, "RollingUpdate"),
    "-R on address and port 0": ({"forwards": {"web": merged(ANY, {"listen": "0.0.0.0:0"})}}, "RollingUpdate"),
    "standbys roll": ({"forwards": {"web": WEB}, "remoteStandby": True, "replicaCount": 2}, "RollingUpdate"),
    "as written": ({"strategy": {"type": "Recreate"}}, "Recreate"),
}

IMAGES = {
    "default": ({}, "towline:0.1.0"),
    "registry": ({"image": {"registry": "registry.example.org"}}, "registry.example.org/towline:0.1.0"),
    "the registry of all charts": ({"global": {"imageRegistry": "localhost:5000/mirror"}}, "localhost:5000/mirror/towline:0.1.0"),
    "it wins": ({"global": {"imageRegistry": "a.example.org"}, "image": {"registry": "b.example.org"}}, "a.example.org/towline:0.1.0"),
    "unless it is empty": ({"global": {"imageRegistry": ""}, "image": {"registry": "b.example.org"}}, "b.example.org/towline:0.1.0"),
    "what other charts read is no matter": ({"global": {"storageClass": "a"}}, "towline:0.1.0"),
    "tag": ({"image": {"tag": "1.2"}}, "towline:1.2"),
    "a digest wins": ({"image": {"tag": "1.2", "digest": "sha256:" + "0" * 64}}, "towline@sha256:" + "0" * 64),
    "a digest in the registry of all charts": ({"global": {"imageRegistry": "a"}, "image": {"digest": "sha256:" + "0" * 64}}, "a/towline@sha256:" + "0" * 64),
}

# values, names of the Secrets to pull with
PULL_SECRETS = {
    "none": ({}, None),
    "the chart's": ({"image": {"pullSecrets": ["a", "b"]}}, ["a", "b"]),
    "those of all charts": ({"global": {"imagePullSecrets": ["a"]}}, ["a"]),
    "as other charts write them": ({"global": {"imagePullSecrets": [{"name": "a"}, "b"]}}, ["a", "b"]),
    "both, each once": ({"global": {"imagePullSecrets": ["b", "c"]}, "image": {"pullSecrets": ["a", "b"]}}, ["a", "b", "c"]),
}

# values, the pod's sysctls
LOW = {"forwards": {"db": {"listen": 443}, "web": {"flag": "-D", "listen": "127.0.0.1:80"}}}
SYSCTL = "net.ipv4.ip_unprivileged_port_start"
SYSCTLS = {
    "ports from 1024 up need none": ({}, None),
    "the lowest counts": (LOW, [{"name": SYSCTL, "value": "80"}]),
    "-R listens elsewhere": ({"forwards": {"db": {"flag": "-R", "listen": 80}}}, None),
    "a socket has no port": ({"forwards": {"db": {"listen": "/run/db.sock"}}}, None),
    "others stay": (merged(LOW, {"podSecurityContext": {"sysctls": [{"name": "a", "value": "1"}]}}), [{"name": "a", "value": "1"}, {"name": SYSCTL, "value": "80"}]),
    "what is there stays as it is": (merged(LOW, {"podSecurityContext": {"sysctls": [{"name": SYSCTL, "value": "0"}]}}), [{"name": SYSCTL, "value": "0"}]),
    "the node has none": (merged(LOW, {"hostNetwork": True, "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}), None),
}

# values, ports of the Service by name (None: no Service)
SERVICES = {
    "-L": ({}, {"db": 5432}),
    "another port": ({"forwards": {"db": {"servicePort": 80}}}, {"db": 80}),
    "-D beside it": ({"forwards": {"socks": {"flag": "-D", "listen": 1080}}}, {"db": 5432, "socks": 1080}),
    "IPv6": ({"forwards": {"db": {"listen": "[::]:80"}}}, {"db": 80}),
    "loopback cannot be reached": ({"forwards": {"db": {"listen": "127.0.0.1:5432"}}}, None),
    "localhost neither": ({"forwards": {"db": {"listen": "localhost:5432"}}}, None),
    "nor loopback of IPv6": ({"forwards": {"db": {"listen": "[::1]:5432"}}}, None),
    "nor a socket": ({"forwards": {"db": {"listen": "/run/db.sock"}}}, None),
    "-R listens elsewhere": ({"forwards": {"db": None, "web": WEB}}, None),
    "a forward that is not to be in it": ({"forwards": {"db": {"service": False}}}, None),
    "-S": (SHARED, {"tools": 22}),
    "-S on loopback cannot be reached": ({"forwards": {"db": None, "tools": {"flag": "-S", "listen": "127.0.0.1:2222"}}}, None),
    "no Service wanted": ({"service": {"enabled": False}}, None),
}

# what is switched on, kinds of objects beside those that are always there
ALWAYS = ["Deployment", "Pod", "Service", "Service", "ServiceAccount"]
OBJECTS = {
    "by default": ({}, []),
    "one replica needs no budget": ({"podDisruptionBudget": {"enabled": True}}, []),
    "two do": ({"replicaCount": 2}, ["PodDisruptionBudget"]),
    "unless it is off": ({"replicaCount": 2, "podDisruptionBudget": {"enabled": False}}, []),
    "network policy": ({"networkPolicy": {"enabled": True}}, ["NetworkPolicy"]),
    "service monitor": ({"serviceMonitor": {"enabled": True}}, ["ServiceMonitor"]),
    "pod monitor": ({"podMonitor": {"enabled": True}}, ["PodMonitor"]),
    "alerts": ({"prometheusRule": {"enabled": True}}, ["PrometheusRule"]),
    "dashboard": ({"dashboard": {"enabled": True}}, ["ConfigMap"]),
    "known hosts": ({"knownHosts": {"inline": "a"}}, ["ConfigMap"]),
    "a Secret from values": ({"existingSecret": "", "createSecret": {"enabled": True, "password": "p"}}, ["Secret"]),
}


@spread
class Rendering(unittest.TestCase):
    @cases(LINES)
    def test_line(self, row):
        forward, line = row
        objects = render({"forwards": {"x": forward}}, base=merged(LEAST, {"forwards": None}))
        self.assertEqual(env(objects)["SSH_FORWARDS"], line)

    @cases(VARIABLES)
    def test_variable(self, row):
        values, name, value = row
        self.assertEqual(env(render(values)).get(name), value)

    @cases(STRATEGIES)
    def test_strategy(self, row):
        values, kind = row
        self.assertEqual(find(render(values), "Deployment")["spec"]["strategy"]["type"], kind)

    @cases(IMAGES)
    def test_image(self, row):
        values, image = row
        objects = render(values)
        self.assertEqual([container(objects)["image"], find(objects, "Pod")["spec"]["containers"][0]["image"]], [image, image])

    @cases(PULL_SECRETS)
    def test_pull_secrets(self, row):
        values, names = row
        objects = render(values)
        for spec in (pod(objects), find(objects, "Pod")["spec"]):
            self.assertEqual(spec.get("imagePullSecrets"), names and [{"name": name} for name in names])

    @cases(SYSCTLS)
    def test_sysctls(self, row):
        values, sysctls = row
        self.assertEqual(pod(render(values))["securityContext"].get("sysctls"), sysctls)

    @cases(SERVICES)
    def test_service(self, row):
        values, ports = row
        objects = render(values)
        services = [o for o in objects if o["kind"] == "Service" and o["metadata"]["name"] == "r-towline"]
        if ports is None:
            self.assertEqual(services, [])
            return
        spec = services[0]["spec"]
        self.assertEqual({p["name"]: p["port"] for p in spec["ports"]}, ports)
        named = {p["name"] for p in container(objects)["ports"]}
        self.assertLessEqual({p["targetPort"] for p in spec["ports"]}, named)

    @cases(OBJECTS)
    def test_objects(self, row):
        values, more = row
        self.assertEqual(kinds(render(values)), sorted(ALWAYS + more))

    def test_forwards_are_sorted_by_name(self):
        objects = render({"forwards": {"b": {"flag": "-D", "listen": 2}, "a": {"flag": "-D", "listen": 1}}})
        lines = env(objects)["SSH_FORWARDS"].splitlines()
        self.assertEqual([line.split("=")[0] for line in lines], ["a", "b", "db"])

    def test_null_removes_a_forward(self):
        objects = render({"forwards": {"a": {"flag": "-D", "listen": 1}, "db": None}})
        self.assertEqual(env(objects)["SSH_FORWARDS"], "a=-D *:1")

    def test_no_variable_is_there_twice(self):
        for path in CI_VALUES:
            names = [e["name"] for e in container(rendered_file(path))["env"]]
            self.assertEqual(len(names), len(set(names)), path.name)

    def test_any_variable_of_the_chart_can_be_replaced(self):
        values = {"server": {"user": "u", "jumpHosts": ["j"]}, "existingSecretKeys": {"passphrase": "p", "jumpKeys": ["a"]},
                  "settings": {"logLevel": "info", "exitOn": ["auth"]}}
        before = container(render(values))["env"]
        for name in [e["name"] for e in before]:
            if name in ("TOWLINE_ADMIN_LISTEN", "SSH_FORWARDS"):
                continue
            own = {"name": name, "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
            after = container(render({**values, "extraEnv": [own]}))["env"]
            self.assertEqual(after, [e for e in before if e["name"] != name] + [own])

    def test_what_belongs_to_the_rest_may_come_from_extraEnv(self):
        secret = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
        extra = [{"name": "SSH_REMOTE_HOST", **secret}, {"name": "SSH_KEY", **secret}, {"name": "SSH_FORWARDS", "value": "-D 1080"},
                 {"name": "TOWLINE_ADMIN_LISTEN", "value": "0.0.0.0:9022"}]
        one = container(render(base={"extraEnv": extra}))
        self.assertEqual(one["env"][-4:], extra)
        self.assertNotIn("SSH_REMOTE_PORT", [e["name"] for e in one["env"]])
        render(base={"extraEnvFrom": [{"secretRef": {"name": "all"}}]})

    def test_a_daemon_set_has_a_pod_on_each_node(self):
        objects = render({"kind": "DaemonSet", "topologySpreadPreset": "zone"})
        spec = find(objects, "DaemonSet")["spec"]
        self.assertEqual(set(spec), {"revisionHistoryLimit", "updateStrategy", "selector", "template"})
        self.assertEqual(spec["updateStrategy"], {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}})
        self.assertEqual(set(pod(objects)) & {"affinity", "topologySpreadConstraints"}, set())
        self.assertEqual(kinds(objects), sorted(["DaemonSet", *ALWAYS[1:]]))
        spec = find(render({"kind": "DaemonSet", "strategy": {"type": "OnDelete"}}), "DaemonSet")["spec"]
        self.assertEqual(spec["updateStrategy"], {"type": "OnDelete"})
        find(render({"kind": "DaemonSet", "forwards": {"web": WEB}, "remoteStandby": True}), "DaemonSet")

    def test_in_the_nodes_network_names_are_the_clusters_and_old_pods_end_first(self):
        objects = render({"hostNetwork": True})
        self.assertEqual((pod(objects)["hostNetwork"], pod(objects)["dnsPolicy"]), (True, "ClusterFirstWithHostNet"))
        self.assertEqual(workload(objects)["spec"]["strategy"]["rollingUpdate"], {"maxUnavailable": 1, "maxSurge": 0})
        self.assertEqual(pod(render({"hostNetwork": True, "dnsPolicy": "Default"}))["dnsPolicy"], "Default")
        self.assertEqual(set(pod(render())) & {"hostNetwork", "dnsPolicy"}, set())

    def test_traffic_stays_close(self):
        service = find(render({"service": {"trafficDistribution": "PreferSameZone"}}), "Service", "r-towline")
        self.assertEqual(service["spec"]["trafficDistribution"], "PreferSameZone")
        self.assertNotIn("trafficDistribution", find(render(), "Service", "r-towline")["spec"])

    def test_secrets_are_a_folder_that_the_group_reads(self):
        objects = render({"existingSecretKeys": {"jumpKeys": ["jump", "ssh-privatekey"]}})
        (volume,) = pod(objects)["volumes"]
        self.assertEqual(volume["secret"]["secretName"], "tunnel-key")
        self.assertEqual(volume["secret"]["defaultMode"], 0o440)
        self.assertEqual([i["key"] for i in volume["secret"]["items"]], ["ssh-privatekey", "jump"])
        (mount,) = container(objects)["volumeMounts"]
        self.assertEqual((mount["mountPath"], mount["readOnly"]), ("/etc/towline/secret", True))
        self.assertNotIn("subPath", mount)
        self.assertEqual(pod(objects)["securityContext"]["fsGroup"], 65532)

    def test_host_keys_and_users_of_an_endpoint_are_folders_beside_it(self):
        objects = render(SHARED)
        folders = {m["name"]: (m["mountPath"], m["readOnly"]) for m in container(objects)["volumeMounts"]}
        self.assertEqual(folders, {"towline-secret": ("/etc/towline/secret", True), "towline-host-keys": ("/etc/towline/host-keys", True),
                                   "towline-users": ("/etc/towline/users", True)})
        volumes = {v["name"]: v["secret"] for v in pod(objects)["volumes"]}
        self.assertEqual(set(volumes), set(folders))
        self.assertEqual({v["defaultMode"] for v in volumes.values()}, {0o440})
        hosts, users = volumes["towline-host-keys"], volumes["towline-users"]
        self.assertEqual((hosts["secretName"], [i["key"] for i in hosts["items"]]), ("hosts", ["a", "b"]))
        self.assertEqual((users["secretName"], [i["key"] for i in users["items"]]), ("r-users", ["authorized_keys"]))

    def test_on_loopback_nobody_is_asked(self):
        names = set(env(render({"forwards": {"db": None, "tools": {"flag": "-S", "listen": "127.0.0.1:2222"}}})))
        self.assertFalse([name for name in names if name.startswith(("TOWLINE_HOST", "TOWLINE_AUTH"))])

    def test_users_may_come_from_elsewhere(self):
        extra = [{"name": "TOWLINE_PASSWORDS_FILE", "value": "/vault/passwords"}, {"name": "TOWLINE_HOST_KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]
        render({"forwards": SHARED["forwards"], "extraEnv": extra, "replicaCount": 2})

    def test_a_secret_from_values_is_used_and_watched(self):
        values = {"existingSecret": "", "createSecret": {"enabled": True, "privateKey": "key\nline", "passphrase": 'a"b'}}
        objects = render(values)
        secret = find(objects, "Secret")
        self.assertEqual(secret["stringData"], {"ssh-privatekey": "key\nline", "passphrase": 'a"b'})
        self.assertEqual(pod(objects)["volumes"][0]["secret"]["secretName"], secret["metadata"]["name"])
        self.assertEqual(env(objects)["SSH_KEY_PASSPHRASE_FILE"], "/etc/towline/secret/passphrase")
        def checksum(o):
            return find(o, "Deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/secret"]
        changed = render(merged(values, {"createSecret": {"privateKey": "other"}}))
        self.assertNotEqual(checksum(objects), checksum(changed))

    def test_foreign_secrets_have_no_checksum(self):
        annotations = find(render(), "Deployment")["spec"]["template"]["metadata"]["annotations"]
        self.assertEqual([a for a in annotations if a.startswith("checksum/")], [])

    def test_known_hosts_inline(self):
        objects = render({"knownHosts": {"inline": "a b c\n"}})
        config_map = find(objects, "ConfigMap")
        self.assertEqual(config_map["data"], {"known_hosts": "a b c\n"})
        names = [v["configMap"]["name"] for v in pod(objects)["volumes"] if "configMap" in v]
        self.assertEqual(names, [config_map["metadata"]["name"]])
        annotations = find(objects, "Deployment")["spec"]["template"]["metadata"]["annotations"]
        self.assertEqual(annotations["checksum/known-hosts"], hashlib.sha256(b"a b c\n").hexdigest())

    def test_probes(self):
        first = container(render())
        self.assertEqual({k: first[k]["httpGet"] for k in ("startupProbe", "livenessProbe", "readinessProbe")}, {
            "startupProbe": {"path": "/startupz", "port": "admin"},
            "livenessProbe": {"path": "/livez", "port": "admin"},
            "readinessProbe": {"path": "/readyz", "port": "admin"}})
        self.assertEqual({"name": "admin", "containerPort": 9022, "protocol": "TCP"}, first["ports"][0])

    def test_a_probe_can_be_left_out_or_replaced(self):
        first = container(render({"startupProbe": {"enabled": False}, "livenessProbe": {"exec": {"command": ["/towline", "healthcheck"]}}}))
        self.assertNotIn("startupProbe", first)
        self.assertNotIn("httpGet", first["livenessProbe"])
        self.assertEqual(first["livenessProbe"]["periodSeconds"], 10)

    def test_standbys_are_ready_without_the_port(self):
        objects = render({"forwards": {"web": WEB, "api": merged(WEB, {"listen": 81})}, "remoteStandby": True, "replicaCount": 2})
        first = container(objects)
        for probe in ("startupProbe", "readinessProbe"):
            self.assertEqual(first[probe]["httpGet"]["path"], "/readyz?exclude=api&exclude=web")
        self.assertEqual(first["livenessProbe"]["httpGet"]["path"], "/livez")
        self.assertNotIn("Pod", kinds(objects), "helm test would ask a standby")

    def test_service_links_and_tokens_are_off(self):
        spec = pod(render())
        self.assertIs(spec["enableServiceLinks"], False)
        self.assertIs(spec["automountServiceAccountToken"], False)

    def test_the_selector_is_the_pods_and_does_not_change_with_versions(self):
        for path in CI_VALUES:
            objects = rendered_file(path)
            deployment = workload(objects)["spec"]
            selector = deployment["selector"]["matchLabels"]
            self.assertEqual(set(selector), {f"app.kubernetes.io/{n}" for n in ("name", "instance", "component")})
            labels = deployment["template"]["metadata"]["labels"]
            self.assertLessEqual(selector.items(), labels.items(), path.name)
            for thing in objects:
                if thing["kind"] == "Service":
                    self.assertEqual(thing["spec"]["selector"], selector)
                if thing["kind"] == "Pod":
                    self.assertFalse(selector.items() <= thing["metadata"]["labels"].items(), "a Service would send to the test")

    def test_labels_of_ones_own_do_not_touch_the_selector(self):
        objects = render({"podLabels": {"app.kubernetes.io/name": "x", "a": "b"}, "commonLabels": {"app.kubernetes.io/component": "y"}})
        template = find(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
        self.assertEqual((template["app.kubernetes.io/name"], template["app.kubernetes.io/component"], template["a"]), ("towline", "tunnel", "b"))

    def test_names_and_namespace(self):
        def names(values, release="r"):
            objects = render(values, release=release)
            return {o["metadata"]["name"] for o in objects if o["kind"] == "Deployment"}, {o["metadata"]["namespace"] for o in objects}
        self.assertEqual(names({}), ({"r-towline"}, {"apps"}))
        self.assertEqual(names({}, "towline-a"), ({"towline-a"}, {"apps"}))
        self.assertEqual(names({"nameOverride": "t"}), ({"r-t"}, {"apps"}))
        self.assertEqual(names({"fullnameOverride": "full", "namespaceOverride": "n"}), ({"full"}, {"n"}))

    def test_names_that_yaml_would_take_for_something_else(self):
        values = {"namespaceOverride": "1e3", "fullnameOverride": "n", "serviceAccount": {"name": "123"}, "serviceMonitor": {"enabled": True},
                  "knownHosts": {"inline": "a", "key": "on"}, "networkPolicy": {"enabled": True}, "forwards": {"y": {"flag": "-D", "listen": 1}}}
        objects = render(values, release="0")
        for thing in objects:
            named = [thing["metadata"]["name"], thing["metadata"]["namespace"], *thing["metadata"]["labels"].values()]
            self.assertTrue(all(isinstance(name, str) for name in named), named)
        self.assertEqual(find(objects, "ServiceMonitor")["spec"]["namespaceSelector"], {"matchNames": ["1e3"]})
        self.assertEqual(pod(objects)["serviceAccountName"], "123")
        ports = [p["name"] for p in find(objects, "Service", "n")["spec"]["ports"]]
        self.assertEqual(ports, ["db", "y"])
        self.assertEqual(container(objects)["ports"][-1]["name"], "y")

    def test_long_names_stay_within_the_limit(self):
        for thing in render({"dashboard": {"enabled": True}, "knownHosts": {"inline": "a"}}, release="r" * 53):
            self.assertLessEqual(len(thing["metadata"]["name"]), 63)

    def test_common_labels_and_annotations_are_on_everything(self):
        values = {"commonLabels": {"team": "a"}, "commonAnnotations": {"owner": "b"}, "networkPolicy": {"enabled": True}, "prometheusRule": {"enabled": True}}
        for thing in render(values):
            self.assertEqual(thing["metadata"]["labels"]["team"], "a", thing["kind"])
            self.assertEqual(thing["metadata"]["annotations"]["owner"], "b", thing["kind"])
            for key in ("name", "instance", "version", "managed-by", "component"):
                self.assertIn(f"app.kubernetes.io/{key}", thing["metadata"]["labels"], thing["kind"])

    def test_replicas_are_kept_apart(self):
        self.assertNotIn("affinity", pod(render()))
        soft = pod(render({"replicaCount": 2}))["affinity"]["podAntiAffinity"]
        self.assertIn("preferredDuringSchedulingIgnoredDuringExecution", soft)
        hard = pod(render({"replicaCount": 2, "podAntiAffinityPreset": "hard"}))["affinity"]["podAntiAffinity"]
        self.assertIn("requiredDuringSchedulingIgnoredDuringExecution", hard)
        spread_over = pod(render({"replicaCount": 2, "topologySpreadPreset": "zone"}))["topologySpreadConstraints"]
        self.assertEqual(spread_over[0]["topologyKey"], "topology.kubernetes.io/zone")
        own = pod(render({"replicaCount": 2, "affinity": {"nodeAffinity": {}}}))["affinity"]
        self.assertEqual(own, {"nodeAffinity": {}})

    def test_network_policy(self):
        values = {
            "server": {"host": "a:2200,b,[2001:db8::1]:2201", "port": 22},
            "forwards": {"web": WEB, "sock": {"flag": "-R", "listen": "/r", "connect": "/run/a.sock"}},
            "networkPolicy": {"enabled": True, "forwardsFrom": [{"podSelector": {}}], "serverCidrs": ["192.0.2.0/24"]},
        }
        spec = find(render(values), "NetworkPolicy")["spec"]
        self.assertEqual(spec["policyTypes"], ["Ingress", "Egress"])
        admin, db = spec["ingress"]
        self.assertEqual([p["port"] for p in admin["ports"]], ["admin"])
        self.assertEqual(admin["from"][0]["namespaceSelector"]["matchLabels"], {"kubernetes.io/metadata.name": "monitoring"})
        self.assertEqual(([p["port"] for p in db["ports"]], db["from"]), (["db"], [{"podSelector": {}}]))
        names, server, targets = spec["egress"]
        self.assertEqual([(p["port"], p["protocol"]) for p in names["ports"]], [(53, "UDP"), (53, "TCP")])
        self.assertEqual([p["port"] for p in server["ports"]], [2200, 22, 2201])
        self.assertEqual(server["to"], [{"ipBlock": {"cidr": "192.0.2.0/24"}}])
        self.assertEqual([p["port"] for p in targets["ports"]], [80])

    def test_network_policy_of_clients(self):
        spec = find(render(merged(SHARED, {"networkPolicy": {"enabled": True, "forwardsFrom": [{"podSelector": {}}]}})), "NetworkPolicy")["spec"]
        self.assertEqual((spec["ingress"][1]["ports"][0]["port"], spec["ingress"][1]["from"]), ("tools", [{"podSelector": {}}]))
        self.assertEqual(len(spec["egress"]), 2, "what clients ask for goes through the session")

    def test_network_policy_knows_that_the_jump_host_comes_first(self):
        values = {"server": {"port": 2222, "jumpHosts": ["a@j:2200", "k"]}, "networkPolicy": {"enabled": True}}
        spec = find(render(values), "NetworkPolicy")["spec"]
        self.assertEqual([p["port"] for p in spec["egress"][1]["ports"]], [2200])

    def test_monitors_find_what_they_select(self):
        objects = render({"serviceMonitor": {"enabled": True, "namespace": "monitoring", "labels": {"release": "p"}}})
        monitor = find(objects, "ServiceMonitor")
        self.assertEqual((monitor["metadata"]["namespace"], monitor["metadata"]["labels"]["release"]), ("monitoring", "p"))
        self.assertEqual(monitor["spec"]["namespaceSelector"], {"matchNames": ["apps"]})
        selected = [o for o in objects if o["kind"] == "Service"
                    and monitor["spec"]["selector"]["matchLabels"].items() <= o["metadata"]["labels"].items()]
        self.assertEqual([o["metadata"]["name"] for o in selected], ["r-towline-metrics"])
        self.assertEqual(monitor["spec"]["endpoints"][0]["port"], selected[0]["spec"]["ports"][0]["name"])
        self.assertIs(selected[0]["spec"]["publishNotReadyAddresses"], True)
        objects = render({"podMonitor": {"enabled": True}})
        monitor = find(objects, "PodMonitor")
        labels = find(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(), labels.items())
        self.assertIn(monitor["spec"]["podMetricsEndpoints"][0]["port"], [p["name"] for p in container(objects)["ports"]])

    @cases({"ServiceMonitor": ("serviceMonitor", "endpoints", "targetLabels"), "PodMonitor": ("podMonitor", "podMetricsEndpoints", "podTargetLabels")})
    def test_how_is_scraped(self, row):
        monitor, endpoints, labels = row
        kind = monitor[0].upper() + monitor[1:]
        how = {"scheme": "https", "tlsConfig": {"serverName": "a"}, "honorLabels": True, "interval": "1m", "scrapeTimeout": "5s",
               "relabelings": [{"targetLabel": "a", "replacement": "b"}], "metricRelabelings": [{"regex": "a", "action": "labeldrop"}]}
        spec = find(render({monitor: {"enabled": True, "targetLabels": ["team"], "sampleLimit": 1000000, **how}}), kind)["spec"]
        self.assertEqual(spec[endpoints], [{"port": "admin", "path": "/metrics", **how}])
        self.assertEqual((spec[labels], spec["sampleLimit"]), (["team"], 1000000))
        spec = find(render({monitor: {"enabled": True}}), kind)["spec"]
        self.assertEqual(spec[endpoints], [{"port": "admin", "path": "/metrics"}])
        self.assertEqual(set(spec) & {labels, "sampleLimit"}, set())

    def test_the_test_asks_the_admin_service(self):
        objects = render()
        test = find(objects, "Pod")
        self.assertEqual(test["metadata"]["annotations"], {"helm.sh/hook": "test", "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded"})
        (only,) = test["spec"]["containers"]
        self.assertEqual((only["image"], only["args"]), ("towline:0.1.0", ["wait", "--timeout", "60s"]))
        service = find(objects, "Service", "r-towline-metrics")["metadata"]
        self.assertEqual(only["env"], [{"name": "TOWLINE_ADMIN_LISTEN", "value": f"{service['name']}.{service['namespace']}:9022"}])

    def test_openshift_chooses_the_uid(self):
        values = {"podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}}
        context = pod(render(values))["securityContext"]
        self.assertEqual(context, {"runAsNonRoot": True, "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"}})

    def test_kubernetes_1_25_and_later_and_nothing_before(self):
        for version in ("1.25.0", "1.30.2-eks-1234", "1.40.0"):
            render(arguments=("--kube-version", version))
        with self.assertRaises(Refused):
            render(arguments=("--kube-version", "1.24.9"))

    def test_with_sidecar_only_nothing_runs(self):
        self.assertEqual(render({"sidecarOnly": True}), [])
        self.assertEqual(render(base={"sidecarOnly": True}), [])


def restricted(spec):
    """What Pod Security `restricted` has against a pod, as far as it can be seen in the fields that we set."""
    wrong = [f"{key} is set" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    context = spec.get("securityContext", {})
    wrong += [f"sysctl {one['name']}" for one in context.get("sysctls", []) if one["name"] != SYSCTL]
    for volume in spec.get("volumes", []):
        if not {"configMap", "secret", "emptyDir", "projected", "downwardAPI", "csi", "persistentVolumeClaim", "ephemeral"} & set(volume):
            wrong.append(f"volume {volume['name']}")
    for one in spec.get("initContainers", []) + spec["containers"]:
        own = one.get("securityContext", {})
        name = one["name"]
        if own.get("allowPrivilegeEscalation") is not False:
            wrong.append(f"{name}: allowPrivilegeEscalation")
        if own.get("capabilities", {}).get("drop") != ["ALL"] or own.get("capabilities", {}).get("add"):
            wrong.append(f"{name}: capabilities")
        if own.get("runAsNonRoot", context.get("runAsNonRoot")) is not True:
            wrong.append(f"{name}: runAsNonRoot")
        if own.get("runAsUser", context.get("runAsUser")) == 0:
            wrong.append(f"{name}: runAsUser")
        if own.get("seccompProfile", context.get("seccompProfile", {})).get("type") not in ("RuntimeDefault", "Localhost"):
            wrong.append(f"{name}: seccompProfile")
        if any(port.get("hostPort") for port in one.get("ports", [])):
            wrong.append(f"{name}: hostPort")
    return wrong


@spread
class Restricted(unittest.TestCase):
    @cases({path.name: path for path in CI_VALUES if path.name not in ("multi-values.yaml", "node-values.yaml")})
    def test_passes_pod_security_restricted(self, path):
        seen = 0
        for name, spec in pod_specs(rendered_file(path)):
            self.assertEqual(restricted(spec), [], name)
            seen += 1
        self.assertGreaterEqual(seen, 1)

    def test_examples_pass_too(self):
        for name in ("deployment.yaml", "job.yaml", "job-before-1.29.yaml"):
            for pod_name, spec in pod_specs(parse((ROOT / "examples/kubernetes" / name).read_text())):
                ours = {**spec, "containers": [c for c in spec["containers"] if c["name"] != "app"]}
                self.assertEqual(restricted(ours), [], f"{name}: {pod_name}")

    def test_the_judge_sees_what_is_wrong(self):
        values = {"podSecurityContext": {"seccompProfile": None}, "securityContext": {"allowPrivilegeEscalation": None, "capabilities": None}}
        self.assertEqual(restricted(pod(render(values))),
                         ["towline: allowPrivilegeEscalation", "towline: capabilities", "towline: seccompProfile"])

    def test_the_nodes_network_is_all_that_it_forbids_there(self):
        for name, spec in pod_specs(rendered_file(CI_VALUES[0].parent / "node-values.yaml")):
            self.assertEqual(restricted(spec), ["hostNetwork is set"] if name.startswith("DaemonSet") else [])

    def test_nothing_of_ours_can_write(self):
        for path in CI_VALUES:
            for _, spec in pod_specs(rendered_file(path)):
                ours = [c for c in spec["containers"] if c["name"] in ("towline", "wait")]
                self.assertTrue(all(c["securityContext"]["readOnlyRootFilesystem"] for c in ours), path.name)



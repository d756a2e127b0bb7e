"""What can send to a source, and how each is configured: one record a client, in one registry."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_PLACE: Final = re.compile(r"@(URL|TOKEN|NAME|FORMAT|HOST|PORT|PATH|TLS)@")


@dataclass(frozen=True, slots=True)
class Client:
    """Something that sends records.

    Attributes:
        format: how it writes them, where nobody says otherwise.
        file: where its configuration belongs, for people.
        template: the configuration; `@URL@`, `@TOKEN@` and the other places are filled in.
        words: what has to be known beside it.
        takes_format: whether it sends lines as they are, so that their format is the person's to say.
    """

    label: str
    format: str
    file: str
    template: str
    words: str = ""
    takes_format: bool = False

    def configuration(self, *, base_url: str, name: str, format: str, token: str) -> str:
        """Its exact configuration for the source ``name``."""
        parts = urlsplit(base_url)
        is_tls = parts.scheme == "https"
        values = {
            "URL": f"{base_url.rstrip('/')}/ingest/{name}",
            "TOKEN": token,
            "NAME": name,
            "FORMAT": format,
            "HOST": parts.hostname or "localhost",
            "PORT": str(parts.port or (443 if is_tls else 80)),
            "PATH": f"{parts.path.strip('/')}/ingest/{name}".lstrip("/"),
            "TLS": "on" if is_tls else "off",
        }
        return _PLACE.sub(lambda place: values[place[1]], self.template)


CLIENTS: Final[dict[str, Client]] = {
    "http": Client(
        "An application, over HTTP",
        "json",
        "a shell, or any HTTP client",
        """curl -X POST "@URL@" \\
  -H "Authorization: Bearer @TOKEN@" \\
  --data-binary '{"message": "hello from @NAME@"}'
""",
        "A body may hold many records, one a line, compressed with gzip or zstd, up to 32 MiB.",
        takes_format=True,
    ),
    "follow": Client(
        "A file of this machine",
        "json",
        "a shell on the machine where Tocsin runs",
        "tocsin follow --source @NAME@ --format @FORMAT@ /var/log/app.log\n",
        "Put the path of your file in place of /var/log/app.log. It needs no token.",
        takes_format=True,
    ),
    "vector": Client(
        "Vector",
        "json",
        "vector.toml",
        """[sources.tocsin_files]
type = "file"
include = ["/var/log/app/*.log"]

[sinks.tocsin]
type = "http"
inputs = ["tocsin_files"]
uri = "@URL@"
method = "post"
compression = "gzip"
encoding.codec = "text"
framing.method = "newline_delimited"
auth.strategy = "bearer"
auth.token = "@TOKEN@"
""",
        "The lines go as they are. Put your own files under include.",
        takes_format=True,
    ),
    "fluent-bit": Client(
        "Fluent Bit",
        "json",
        "fluent-bit.conf",
        """[INPUT]
    Name   tail
    Path   /var/log/app/*.log
    Parser json

[OUTPUT]
    Name             http
    Match            *
    Host             @HOST@
    Port             @PORT@
    URI              /@PATH@
    tls              @TLS@
    Format           json_lines
    Json_date_key    @timestamp
    Json_date_format iso8601
    Header           Authorization Bearer @TOKEN@
""",
        "The parser json stands in the parsers.conf that comes with Fluent Bit; start it with -R parsers.conf.",
    ),
    "rsyslog": Client(
        "rsyslog (omhttp)",
        "syslog",
        "/etc/rsyslog.d/tocsin.conf",
        """module(load="omhttp")
template(name="tocsin" type="string"
  string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% %STRUCTURED-DATA% %msg%")
action(type="omhttp"
  server="@HOST@" serverport="@PORT@" usehttps="@TLS@"
  restpath="@PATH@"
  httpheaders=["Authorization: Bearer @TOKEN@"]
  template="tocsin"
  batch="on" batch.format="newline")
""",
        "omhttp is a package of its own in some distributions; rsyslogd -N1 says whether it is there.",
    ),
    "logstash": Client(
        "Logstash, and Filebeat through it",
        "json",
        "a file in Logstash's pipeline folder",
        """input {
  beats { port => 5044 }
}
output {
  http {
    url => "@URL@"
    http_method => "post"
    format => "json_batch"
    headers => { "Authorization" => "Bearer @TOKEN@" }
  }
}
""",
        "Filebeat has no output for HTTP: let it send to Logstash at port 5044.",
    ),
    "cloudtrail": Client(
        "AWS CloudTrail, by script",
        "cloudtrail",
        "a shell script, run every few minutes",
        """aws cloudtrail lookup-events --start-time "$(date -u -d '10 minutes ago' +%FT%TZ)" --output json \\
  | jq -c '.Events[].CloudTrailEvent | fromjson' \\
  | curl -sS -X POST --data-binary @- -H "Authorization: Bearer @TOKEN@" "@URL@"
""",
        "It needs the AWS command line, jq and GNU date. Where two runs overlap, events come twice.",
    ),
    "kubernetes": Client(
        "Kubernetes, audit webhook",
        "k8saudit",
        "the file that --audit-webhook-config-file of the API server names",
        """apiVersion: v1
kind: Config
clusters:
  - name: tocsin
    cluster:
      server: @URL@
users:
  - name: api-server
    user:
      token: @TOKEN@
contexts:
  - name: tocsin
    context:
      cluster: tocsin
      user: api-server
current-context: tocsin
""",
        "The API server needs --audit-policy-file too: it says which requests are recorded.",
    ),
    "github": Client(
        "GitHub's audit log, by script",
        "github",
        "a shell script, run every few minutes",
        """gh api --paginate "/orgs/ORG/audit-log?include=all" | jq -c '.[]' \\
  | curl -sS -X POST --data-binary @- -H "Authorization: Bearer @TOKEN@" "@URL@"
""",
        "Put your organisation in place of ORG. Each run sends all that GitHub still has.",
    ),
}

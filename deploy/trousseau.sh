#!/bin/sh
# To be /usr/local/bin/trousseau: any command of Trousseau, as its user and with its settings.
exec runuser -u trousseau -- sh -c '
  set -a
  . /etc/trousseau/environment
  set +a
  cd /var/lib/trousseau
  exec /opt/trousseau/bin/trousseau "$@"' trousseau "$@"

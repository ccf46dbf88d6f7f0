#!/bin/sh
# Runs the server in the foreground as the user zookeeper. java.env and logging of the configuration folder count, as with zkServer.sh.
set -e
cd /conf
[ -f logback.xml ] || cp /opt/zookeeper/conf/logback.xml . 2>/dev/null || :
[ -f log4j.properties ] || cp /opt/zookeeper/conf/log4j.properties . 2>/dev/null || :
chown -R zookeeper /data /conf /logs
exec setpriv --reuid=zookeeper --regid=zookeeper --clear-groups /bin/bash /opt/zookeeper/bin/zkServer.sh start-foreground

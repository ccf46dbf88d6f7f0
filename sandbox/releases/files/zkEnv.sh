#!/usr/bin/env bash
# Finds configuration, class path and Java for the other scripts here, which source it.
# Settings, each of which may come from the environment: ZOOCFGDIR, ZOOCFG, ZOO_LOG_DIR, JAVA_HOME, JVMFLAGS,
# SERVER_JVMFLAGS, CLIENT_JVMFLAGS, ZK_SERVER_HEAP and ZK_CLIENT_HEAP (megabytes). `zookeeper-env.sh` and `java.env`
# in the configuration directory are sourced and have the last word.

ZOOBINDIR="${ZOOBINDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}"
ZOOKEEPER_PREFIX="$ZOOBINDIR/.."

if [ "$#" -gt 1 ] && [ "$1" = "--config" ]; then
  ZOOCFGDIR="$2"
  shift 2
fi
ZOOCFGDIR="${ZOOCFGDIR:-$ZOOKEEPER_PREFIX/conf}"

for settings in "$ZOOCFGDIR/zookeeper-env.sh" "$ZOOCFGDIR/java.env"; do
  if [ -f "$settings" ]; then
    . "$settings"
  fi
done

ZOOCFG="$ZOOCFGDIR/${ZOOCFG:-zoo.cfg}"
ZOO_LOG_DIR="${ZOO_LOG_DIR:-$ZOOKEEPER_PREFIX/logs}"
ZOO_LOG4J_PROP="${ZOO_LOG4J_PROP:-INFO,CONSOLE}"
USER="${USER:-$(id -un)}"

if [ -n "$JAVA_HOME" ] && [ -x "$JAVA_HOME/bin/java" ]; then
  JAVA="$JAVA_HOME/bin/java"
elif command -v java > /dev/null 2>&1; then
  JAVA=java
else
  echo "Error: JAVA_HOME is not set and java could not be found in PATH." 1>&2
  exit 1
fi

# The configuration directory comes first, so that a logging configuration in it is the one that counts.
for jar in "$ZOOKEEPER_PREFIX"/lib/*.jar "$ZOOKEEPER_PREFIX"/zookeeper-*.jar; do
  if [ -f "$jar" ]; then
    CLASSPATH="$jar${CLASSPATH:+:$CLASSPATH}"
  fi
done
CLASSPATH="$ZOOCFGDIR:$CLASSPATH"

SERVER_JVMFLAGS="-Xmx${ZK_SERVER_HEAP:-1000}m $SERVER_JVMFLAGS"
CLIENT_JVMFLAGS="-Xmx${ZK_CLIENT_HEAP:-256}m $CLIENT_JVMFLAGS"
export SERVER_JVMFLAGS CLIENT_JVMFLAGS

# Kafka with Prometheus' JMX exporter beside it, for brokers.compose.yml. Which exporter is the pom's to say, as for native brokers (stack/setup/downloads.ts).
FROM maven:3-eclipse-temurin-21 AS exporter
WORKDIR /exporter
COPY stack/maven/jmx-exporter/pom.xml .
RUN mvn -B -ntp -C org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=jars -DincludeScope=runtime -Dmdep.stripVersion=true

FROM apache/kafka:4.2.2
COPY --from=exporter --chmod=644 /exporter/jars/jmx_prometheus_javaagent.jar /opt/jmx-exporter/
COPY --chmod=644 infra/observability/broker-metrics.yml /opt/jmx-exporter/

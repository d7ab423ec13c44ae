/** Services that speak a protocol of their own over TCP: as HTTP, Istio would break their connections. */
const NAMES =
  /^(amqps?|cassandra|clickhouse|cql|db|ftp|imap|kafka|ldaps?|memcached?|mqtts?|mssql|nats|oracle|pg|pop3|postgres(ql)?|rabbitmq|smtp|sql|ssh|stomp|zookeeper)(-|$)/;

/** Their registered numbers, or those that everybody uses. @see https://www.iana.org/assignments/service-names-port-numbers */
const NUMBERS: ReadonlySet<number> = new Set([
  ...[21, 22, 23, 25, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5671],
  ...[5672, 6379, 6432, 8883, 9042, 9092, 11211, 27017, 61613, 61616],
]);

/** A name for a port whose own declares no protocol: `tcp-postgres`, `http-web`. */
export function suggestedName(name: string, number: number): string {
  return `${NAMES.test(name) || NUMBERS.has(number) ? 'tcp' : 'http'}-${name}`;
}

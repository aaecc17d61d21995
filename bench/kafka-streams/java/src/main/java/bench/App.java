package bench;

import java.nio.file.*;
import java.util.*;
import java.util.concurrent.atomic.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** The Streams process. Prints one JSON line when `until` input records are committed, or on SIGTERM. */
final class App {
  static final com.sun.management.OperatingSystemMXBean OS = (com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean();

  static Properties config(Main.Args a) {
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, a.get("app", "ks-app"));
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, a.bootstrap());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, a.get("eos", "1").equals("1") ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, a.num("commit", 100));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, (int) a.num("threads", 1));
    p.put(StreamsConfig.STATE_DIR_CONFIG, a.get("state", "target/state"));
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), (int) a.num("poll", 2000));
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), (int) a.num("batch", 131072));
    p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), a.get("compress", "none"));
    if (a.has("linger")) p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), (int) a.num("linger", 100));
    if (a.has("session")) p.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), (int) a.num("session", 45000));
    if (a.has("instance")) p.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), a.get("instance", ""));
    if (a.has("proto")) p.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, a.get("proto", "classic"));
    for (String k : a.keys()) if (k.startsWith("conf.")) p.put(k.substring(5), a.get(k, ""));
    return p;
  }
  /** For whoever watches this process: what happened, and when (epoch milliseconds). */
  static void event(String what) { System.out.println("{\"event\":\"" + what + "\",\"atMs\":" + System.currentTimeMillis() + "}"); System.out.flush(); }
  static String mem(String key) throws Exception {
    for (String l : Files.readAllLines(Path.of("/proc/self/status"))) if (l.startsWith(key)) return l.replaceAll("\\D", "");
    return "0";
  }
  private static final java.lang.management.ThreadMXBean TM = java.lang.management.ManagementFactory.getThreadMXBean();
  private static long[] half = new long[4]; private static long half2;
  /** CPU ns so far: stream threads, producer I/O threads, other Java threads, the rest of the process (GC, JIT, RocksDB background). */
  static long[] byThread() {
    long[] r = new long[4]; long all = OS.getProcessCpuTime();
    for (long id : TM.getAllThreadIds()) {
      var t = TM.getThreadInfo(id); long c = TM.getThreadCpuTime(id); if (t == null || c < 0) continue;
      r[t.getThreadName().startsWith("kafka-producer-network") ? 1 : t.getThreadName().contains("-StreamThread-") ? 0 : 2] += c; all -= c;
    }
    r[3] = all; return r;
  }

  public static void run(Main.Args a) throws Exception {
    long boot = System.currentTimeMillis() - java.lang.management.ManagementFactory.getRuntimeMXBean().getStartTime(), t0 = System.nanoTime();
    String in = a.get("in", "ks-in"), posted = a.get("posted", "ks-posted"), balances = a.get("balances", "ks-balances"), app = a.get("app", "ks-app");
    long until = a.num("until", 0);
    KafkaStreams ks = new KafkaStreams(LedgerTopology.build(in, posted, balances, a.get("store", "rocks").equals("rocks"), a.get("cache", "0").equals("1"), true), config(a));
    ks.setUncaughtExceptionHandler(x -> { x.printStackTrace(); return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT; });
    AtomicLong restored = new AtomicLong(), rFirst = new AtomicLong(), rLast = new AtomicLong(), running = new AtomicLong();
    ks.setGlobalStateRestoreListener(new StateRestoreListener() {
      public void onRestoreStart(TopicPartition p, String s, long f, long e) { if (rFirst.compareAndSet(0, System.nanoTime())) event("restoring"); }
      public void onBatchRestored(TopicPartition p, String s, long e, long n) { restored.addAndGet(n); }
      public void onRestoreEnd(TopicPartition p, String s, long n) { rLast.set(System.nanoTime()); }
      public void onRestoreSuspended(TopicPartition p, String s, long n) { System.err.println("restore suspended " + p); }
    });
    ks.setStateListener((n, o) -> { if (n == KafkaStreams.State.RUNNING && running.compareAndSet(0, System.nanoTime())) event("running"); });

    try (Admin admin = Admin.create(Map.of("bootstrap.servers", a.bootstrap()))) {
      Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
      for (int i = 0; i < a.partitions(); i++) latest.put(new TopicPartition(posted, i), OffsetSpec.latest());
      Map<TopicPartition, Long> hw0 = ends(admin, latest, IsolationLevel.READ_UNCOMMITTED);
      long committed0 = committed(admin, app, in);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> { if (until == 0 && !a.has("restoreonly")) { try { print(a, t0, 0, 0, 0, 0, restored.get(), rFirst.get(), rLast.get(), running.get(), boot, 0, 0, 0); } catch (Exception ignored) { } ks.close(java.time.Duration.ofSeconds(10)); } }));
      ks.start();
      long cpuFirst = 0, cpuHalf = 0, tHalf = 0, firstCommit = 0, visible = 0; boolean progress = a.has("progress");
      for (long tick = 0; ; tick++) {
        Thread.sleep(10);
        long n = LedgerTopology.PROCESSED.get(), now = System.nanoTime();
        if (cpuFirst == 0 && n > 0) cpuFirst = OS.getProcessCpuTime();
        if (tHalf == 0 && until > 0 && n >= until / 2) { tHalf = now; cpuHalf = OS.getProcessCpuTime(); half = byThread(); half2 = n; }
        if (a.has("status") && tick % 10 == 0) { System.out.println("processed " + n); System.out.flush(); }
        if (progress && (firstCommit == 0 || visible == 0) && n > 0) {
          if (firstCommit == 0 && committed(admin, app, in) > committed0) firstCommit = System.nanoTime();
          if (visible == 0) {
            var lso = ends(admin, latest, IsolationLevel.READ_COMMITTED);
            if (lso.entrySet().stream().allMatch(x -> x.getValue() > hw0.get(x.getKey()))) visible = System.nanoTime();
          }
          if (firstCommit != 0 && visible != 0) { print(a, t0, 0, 0, 0, 0, restored.get(), rFirst.get(), rLast.get(), running.get(), boot, firstCommit, visible, committed0); if (until == 0) break; }
        }
        if (a.has("restoreonly") && running.get() != 0) { print(a, t0, 0, 0, 0, 0, restored.get(), rFirst.get(), rLast.get(), running.get(), boot, 0, 0, committed0); break; }
        if (until > 0 && n + committed0 >= until && tick % 5 == 0 && committed(admin, app, in) >= until) {
          print(a, t0, System.nanoTime(), cpuFirst, tHalf, cpuHalf, restored.get(), rFirst.get(), rLast.get(), running.get(), boot, firstCommit, visible, committed0);
          break;
        }
        if (ks.state() == KafkaStreams.State.ERROR || ks.state() == KafkaStreams.State.NOT_RUNNING) { System.out.println("{\"error\":\"streams stopped\"}"); break; }
      }
    }
    ks.close(java.time.Duration.ofSeconds(20));
    System.exit(0);
  }

  static Map<TopicPartition, Long> ends(Admin admin, Map<TopicPartition, OffsetSpec> q, IsolationLevel l) throws Exception {
    Map<TopicPartition, Long> m = new HashMap<>();
    admin.listOffsets(q, new ListOffsetsOptions(l)).all().get().forEach((k, v) -> m.put(k, v.offset()));
    return m;
  }
  static long committed(Admin admin, String group, String topic) {
    try {
      long s = 0;
      for (var e : admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().entrySet()) if (e.getValue() != null && e.getKey().topic().equals(topic)) s += e.getValue().offset();
      return s;
    } catch (Exception e) { return 0; }
  }
  static double ms(long t, long t0) { return t == 0 ? -1 : (t - t0) / 1_000_000 ; }
  static void print(Main.Args a, long t0, long end, long cpuFirst, long tHalf, long cpuHalf, long restored, long rFirst, long rLast, long running, long boot, long commit, long visible, long committed0) throws Exception {
    long cpu = OS.getProcessCpuTime(), n = LedgerTopology.PROCESSED.get(), first = LedgerTopology.firstNanos; long until = a.num("until", 0);
    StringBuilder s = new StringBuilder("{\"label\":\"" + a.get("label", "") + "\",\"processed\":" + n + ",\"duplicates\":" + LedgerTopology.DUPLICATES + ",\"late\":" + LedgerTopology.LATE + ",\"cascaded\":" + LedgerTopology.CASCADED);
    if (end != 0) {
      double sec = (end - first) / 1e9;
      long[] b = byThread(); double m = (n - half2) * 1e3;
      s.append(String.format(",\"2ndHalfUsPerEv\":{\"streamThreads\":%.2f,\"producerIo\":%.2f,\"otherJava\":%.2f,\"gcJitRocksdb\":%.2f}", (b[0] - half[0]) / m, (b[1] - half[1]) / m, (b[2] - half[2]) / m, (b[3] - half[3]) / m));
      s.append(String.format(",\"sec\":%.2f,\"evps\":%.0f,\"evps2ndHalf\":%.0f,\"cpuUsPerEv\":%.2f,\"cpuUsPerEv2ndHalf\":%.2f", sec, n / sec, (n - half2) / ((end - tHalf) / 1e9), (cpu - cpuFirst) / 1e3 / n, (cpu - cpuHalf) / m));
    }
    s.append(String.format(",\"jvmBootMs\":%d,\"runningMs\":%.0f,\"firstProcessedMs\":%.0f,\"firstCommitMs\":%.0f,\"visibleMs\":%.0f", boot, ms(running, t0), ms(first, t0), ms(commit, t0), ms(visible, t0)));
    if (rFirst != 0) s.append(String.format(",\"restored\":%d,\"restoreMs\":%.0f,\"restoreRecPerSec\":%.0f", restored, ms(rLast, rFirst), restored / Math.max(1e-3, (rLast - rFirst) / 1e9)));
    s.append(String.format(",\"committedAtStart\":%d,\"cpuTotalSec\":%.2f,\"rssMb\":%d,\"peakRssMb\":%d}", committed0, cpu / 1e9, Long.parseLong(mem("VmRSS")) / 1024, Long.parseLong(mem("VmHWM")) / 1024));
    System.out.println(s); System.out.flush();
  }
}

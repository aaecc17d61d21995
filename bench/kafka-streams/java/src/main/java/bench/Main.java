package bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

public final class Main {
  static final class Args {
    private final Map<String, String> m = new LinkedHashMap<>();
    Args(String[] v) { for (int i = 1; i < v.length; i++) { int e = v[i].indexOf('='); m.put(v[i].substring(0, e), v[i].substring(e + 1)); } }
    String get(String k, String d) { return m.getOrDefault(k, d); }
    long num(String k, long d) { return m.containsKey(k) ? Long.parseLong(m.get(k)) : d; }
    boolean has(String k) { return m.containsKey(k); }
    Set<String> keys() { return m.keySet(); }
    int partitions() { return (int) num("partitions", 12); }
    String bootstrap() { return get("bootstrap", System.getenv().getOrDefault("BOOTSTRAP", "localhost:9092")); }
  }
  public static void main(String[] v) throws Exception {
    Args a = new Args(v);
    switch (v[0]) {
      case "topics" -> topics(a);
      case "clean" -> clean(a);
      case "preload" -> preload(a);
      case "app" -> App.run(a);
      case "latency" -> latency(a);
      case "plain" -> plain(a);
      case "ttd" -> ttd(a);
      case "verify" -> verify(a);
      case "avrocheck" -> avro(a);
      case "digest" -> digest(a);
      case "forget" -> forget(a);
      default -> throw new IllegalArgumentException(v[0]);
    }
  }

  static void topics(Args a) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", a.bootstrap()))) {
      for (String k : List.of("in", "posted", "balances")) {
        if (!a.has(k)) continue;
        NewTopic t = new NewTopic(a.get(k, ""), a.partitions(), (short) 1).configs(Map.of("cleanup.policy", k.equals("balances") ? "compact" : "delete", "retention.ms", "-1"));
        try { admin.createTopics(List.of(t)).all().get(); } catch (ExecutionException e) { System.err.println(e.getCause().getMessage()); }
      }
    }
  }
  /** Deletes every topic (and group) whose name starts with `prefix` (itself required to start with ks-). */
  static void clean(Args a) throws Exception {
    String prefix = a.get("prefix", "");
    if (!prefix.startsWith("ks-")) throw new IllegalArgumentException("prefix must start with ks-");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", a.bootstrap()))) {
      List<String> names = admin.listTopics().names().get().stream().filter(n -> n.startsWith(prefix)).toList();
      if (!names.isEmpty()) admin.deleteTopics(names).all().get();
      for (var g : admin.listGroups().all().get()) if (g.groupId().startsWith(prefix)) try { admin.deleteConsumerGroups(List.of(g.groupId())).all().get(); } catch (ExecutionException ignored) { }
    }
  }
  /** Makes a group and topics as if they had never been: topics=a,b group=g. For the bench, which runs the same input again and again. */
  static void forget(Args a) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", a.bootstrap()))) {
      String group = a.get("group", "");
      try { admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions()).all().get(); } catch (ExecutionException ignored) { }
      for (int attempt = 0; admin.listGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group)) && attempt < 60; attempt++)
        try { admin.deleteConsumerGroups(List.of(group)).all().get(); } catch (ExecutionException e) { Thread.sleep(500); }
      List<String> wanted = List.of(a.get("topics", "").split(","));
      List<String> names = admin.listTopics().names().get().stream().filter(n -> wanted.contains(n) || (a.has("prefix") && n.startsWith(a.get("prefix", "")))).toList();
      if (!names.isEmpty()) admin.deleteTopics(names).all().get();
      while (admin.listTopics().names().get().stream().anyMatch(names::contains)) Thread.sleep(50);   // the broker hears of it a moment later
    }
  }
  /** SHA-256 over the lines of the first n entries: bench/workload.ts must come to the same. */
  static void digest(Args a) throws Exception {
    long n = a.num("n", 1_000_000); var sha = java.security.MessageDigest.getInstance("SHA-256");
    for (long i = 0; i < n; i++) sha.update(Gen.line(Gen.entry(i, n)).getBytes(StandardCharsets.UTF_8));
    System.out.println(HexFormat.of().formatHex(sha.digest()));
  }
  static KafkaProducer<byte[], byte[]> producer(Args a, int linger) {
    Properties p = new Properties();
    p.put("bootstrap.servers", a.bootstrap()); p.put("linger.ms", linger); p.put("batch.size", 262144); p.put("buffer.memory", 64 << 20); p.put("acks", "all");
    return new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
  }
  static void preload(Args a) throws Exception {
    long n = a.num("n", 1_000_000), t = System.nanoTime(), bytes = 0; Codec c = new Codec();
    try (var p = producer(a, 20)) {
      for (long i = 0; i < n; i++) {
        Codec.Entry e = Gen.entry(i, n); byte[] b = c.entry(e); bytes += b.length;
        p.send(new ProducerRecord<>(a.get("in", "ks-in"), e.merchantId.getBytes(StandardCharsets.UTF_8), b));
      }
    }
    System.out.printf("preloaded %d entries, %.1f B each, %.1f s%n", n, (double) bytes / n, (System.nanoTime() - t) / 1e9);
  }

  /** Open model: entry i is due at a fixed time; latency = read_committed arrival of its posted record minus the due time. phases=rate:seconds:label,... */
  static void latency(Args a) throws Exception {
    String[] phases = a.get("phases", "1000:10:warm,1000:20:1000,5000:20:5000").split(",");
    List<long[]> ph = new ArrayList<>(); long total = 0;
    for (String s : phases) { String[] x = s.split(":"); long n = Long.parseLong(x[0]) * Long.parseLong(x[1]); ph.add(new long[] {Long.parseLong(x[0]), total, total += n}); }
    final long N = total; final long[] due = new long[(int) N]; final float[] lat = new float[(int) N];
    String posted = a.get("posted", "ks-posted"), in = a.get("in", "ks-in");
    Properties cp = new Properties();
    cp.put("bootstrap.servers", a.bootstrap()); cp.put("isolation.level", "read_committed"); cp.put("fetch.min.bytes", 1); cp.put("max.poll.records", 5000);
    KafkaConsumer<byte[], byte[]> c = new KafkaConsumer<>(cp, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> tps = new ArrayList<>(); for (int i = 0; i < a.partitions(); i++) tps.add(new TopicPartition(posted, i));
    c.assign(tps); c.seekToEnd(tps); for (var tp : tps) c.position(tp);
    byte[][] vals = new byte[(int) N][], keys = new byte[(int) N][]; Codec enc = new Codec(); long unique = 0;
    for (long i = 0; i < N; i++) { Codec.Entry e = Gen.entry(i, N); vals[(int) i] = enc.entry(e); keys[(int) i] = e.merchantId.getBytes(StandardCharsets.UTF_8); if (Gen.source(i) == i) unique++; }
    Thread send = new Thread(() -> {
      try (var p = producer(a, 0)) {
        long start = System.nanoTime();
        for (long[] f : ph) {
          double gap = 1e9 / f[0];
          for (long i = f[1]; i < f[2]; i++) {
            long d = start + (long) ((i - f[1]) * gap);
            long w; while ((w = d - System.nanoTime()) > 0) LockSupport.parkNanos(Math.max(w, 200_000));
            if (due[(int) i] == 0) due[(int) i] = d;
            p.send(new ProducerRecord<>(in, keys[(int) i], vals[(int) i]));
          }
          start += (long) ((f[2] - f[1]) * gap);
        }
      }
    });
    send.start();
    long got = 0, last = System.nanoTime(), maxGap = 0; Codec dec = new Codec();
    while (got < unique && System.nanoTime() - last < 60_000_000_000L) {
      var rs = c.poll(Duration.ofMillis(50)); long now = System.nanoTime();
      for (var r : rs) { int i = (int) dec.decode(r.value()).seq(); if (lat[i] == 0) { lat[i] = (now - due[i]) / 1e6f; got++; } else System.err.println("seen twice " + i); }
      if (!rs.isEmpty()) { if (got > 1) maxGap = Math.max(maxGap, now - last); last = now; }
    }
    for (int k = 0; k < phases.length; k++) {
      long[] f = ph.get(k); float[] x = Arrays.copyOfRange(lat, (int) f[1], (int) f[2]); int z = 0;
      for (float y : x) if (y > 0) x[z++] = y; x = Arrays.copyOf(x, z); Arrays.sort(x);
      if (z > 0) System.out.printf("{\"label\":\"%s\",\"phase\":\"%s\",\"n\":%d,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}%n", a.get("label", ""), phases[k], z, x[z / 2], x[z * 9 / 10], x[z * 99 / 100], x[(int) (z * 0.999)], x[z - 1]);
    }
    System.out.printf("received %d of %d unique, longest output gap %.0f ms%n", got, unique, maxGap / 1e6); c.close();
  }

  private static final class B { final byte[] b; B(byte[] b) { this.b = b; } public int hashCode() { return Arrays.hashCode(b); } public boolean equals(Object o) { return o instanceof B x && Arrays.equals(b, x.b); } }

  /** Same computation on heap maps, no Kafka: the engine-only ceiling (one thread). Dedup keeps everything. */
  static void plain(Args a) {
    int n = (int) a.num("n", 1_000_000); Codec c = new Codec(); byte[][] in = new byte[n][];
    for (int i = 0; i < n; i++) in[i] = c.entry(Gen.entry(i, n));
    var cal = Ledger.calendars(Gen.MERCHANTS);
    for (int r = 0; r < a.num("runs", 4); r++) {
      Ledger l = new Ledger(c, cal); HashSet<B> seen = new HashSet<>(); HashMap<B, byte[]> acc = new HashMap<>(); long[] o = new long[2]; long t = System.nanoTime(), cpu = App.OS.getProcessCpuTime();
      for (byte[] b : in) {
        Codec.Entry e = c.decode(b);
        if (!seen.add(new B(e.idKey()))) continue;
        B k = new B(Ledger.accountKey(e));
        byte[] s = l.apply(e, acc.get(k), (bk, bv) -> { o[0]++; o[1] += bv.length; });
        if (s != null) acc.put(k, s);
        o[1] += l.posted.length;
      }
      double sec = (System.nanoTime() - t) / 1e9;
      System.out.printf("plain loop: %.0f ev/s, %.2f us cpu/ev, unique %d, balances out %d, late %d, cascaded %d, accounts %d%n", n / sec, (App.OS.getProcessCpuTime() - cpu) / 1e3 / n, seen.size(), o[0], l.late, l.cascaded, acc.size());
    }
  }
  /** Streams machinery without a broker: TopologyTestDriver, logging off. */
  static void ttd(Args a) {
    int n = (int) a.num("n", 60_000); Codec c = new Codec(); byte[][] in = new byte[n][], ks = new byte[n][];
    for (int i = 0; i < n; i++) { Codec.Entry e = Gen.entry(i, n); in[i] = c.entry(e); ks[i] = e.merchantId.getBytes(StandardCharsets.UTF_8); }
    for (String store : new String[] {"mem", "rocks"}) for (int r = 0; r < 3; r++) {
      a.m.put("state", "target/ttd-" + store + r); a.m.put("eos", "0");
      try (var d = new org.apache.kafka.streams.TopologyTestDriver(LedgerTopology.build("in", "posted", "balances", store.equals("rocks"), false, false), App.config(a))) {
        var t = d.createInputTopic("in", new ByteArraySerializer(), new ByteArraySerializer()); var p = d.createOutputTopic("posted", new ByteArrayDeserializer(), new ByteArrayDeserializer()); var b = d.createOutputTopic("balances", new ByteArrayDeserializer(), new ByteArrayDeserializer());
        long t0 = System.nanoTime();
        for (int i = 0; i < n; i++) { t.pipeInput(ks[i], in[i], 1_000_000L + i); if (i % 1000 == 999) { p.readRecordsToList(); b.readRecordsToList(); } }
        System.out.printf("TopologyTestDriver %s: %.0f ev/s%n", store, n / ((System.nanoTime() - t0) / 1e9));
      }
    }
  }
  /** read_committed content of posted and balances must equal the plain computation of the same n entries. */
  static void verify(Args a) throws Exception {
    long n = a.num("n", 1_000_000); Codec c = new Codec(); Ledger l = new Ledger(c, Ledger.calendars(Gen.MERCHANTS));
    HashSet<B> seen = new HashSet<>(); HashMap<B, byte[]> acc = new HashMap<>(), want = new HashMap<>(); HashMap<Long, byte[]> wantPosted = new HashMap<>();
    for (long i = 0; i < n; i++) {
      Codec.Entry e = Gen.entry(i, n); if (!seen.add(new B(e.idKey()))) continue; B k = new B(Ledger.accountKey(e));
      byte[] s = l.apply(e, acc.get(k), (bk, bv) -> want.put(new B(bk), bv)); if (s != null) acc.put(k, s); wantPosted.put(e.seq(), l.posted);
    }
    HashMap<B, byte[]> got = new HashMap<>(); long[] cnt = new long[4];
    read(a, a.get("balances", "ks-balances"), r -> { got.put(new B(r.key()), r.value()); cnt[0]++; });
    read(a, a.get("posted", "ks-posted"), r -> { cnt[1]++; long s = c.decode(r.value()).seq(); byte[] w = wantPosted.remove(s); if (w == null) cnt[2]++; else if (!Arrays.equals(w, r.value())) cnt[3]++; });
    boolean same = got.size() == want.size() && want.entrySet().stream().allMatch(x -> Arrays.equals(x.getValue(), got.get(x.getKey())));
    System.out.printf("verify %s: balance keys %d (want %d) equal=%b, balance records %d; posted %d, missing %d, twice/unknown %d, different %d -> %s%n", a.get("label", ""), got.size(), want.size(), same, cnt[0], cnt[1], wantPosted.size(), cnt[2], cnt[3], same && wantPosted.isEmpty() && cnt[2] == 0 && cnt[3] == 0 ? "OK" : "FAILED");
  }
  static void read(Args a, String topic, java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> f) {
    Properties cp = new Properties(); cp.put("bootstrap.servers", a.bootstrap()); cp.put("isolation.level", "read_committed"); cp.put("max.poll.records", 10000);
    try (var c = new KafkaConsumer<>(cp, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> tps = new ArrayList<>(); for (int i = 0; i < a.partitions(); i++) tps.add(new TopicPartition(topic, i));
      c.assign(tps); c.seekToBeginning(tps); var end = c.endOffsets(tps);
      while (!tps.stream().allMatch(t -> c.position(t) >= end.get(t))) for (var r : c.poll(Duration.ofMillis(200))) f.accept(r);
    }
  }
  /** The hand-written bytes must be what Apache Avro reads. */
  static void avro(Args a) throws Exception {
    Codec c = new Codec(); Ledger l = new Ledger(c, Ledger.calendars(Gen.MERCHANTS)); HashMap<B, byte[]> acc = new HashMap<>(); int n = (int) a.num("n", 20000);
    var se = new org.apache.avro.Schema.Parser().parse(Codec.ENTRY_SCHEMA); var sp = new org.apache.avro.Schema.Parser().parse(Codec.POSTED_SCHEMA); var sb = new org.apache.avro.Schema.Parser().parse(Codec.BALANCE_SCHEMA);
    Object last = null; int[] bal = {0};
    for (int i = 0; i < n; i++) {
      Codec.Entry e = Gen.entry(i, n); byte[] b = c.entry(e); roundtrip(se, b); Codec.Entry d = c.decode(b);
      B k = new B(Ledger.accountKey(d)); byte[] s = l.apply(d, acc.get(k), (bk, bv) -> { roundtrip(sb, bv); bal[0]++; }); acc.put(k, s); last = roundtrip(sp, l.posted);
    }
    System.out.println("avro cross-check OK, " + n + " entries, " + bal[0] + " balances, last posted " + last);
  }
  static Object roundtrip(org.apache.avro.Schema s, byte[] b) {
    try {
      var r = new org.apache.avro.generic.GenericDatumReader<Object>(s).read(null, org.apache.avro.io.DecoderFactory.get().binaryDecoder(b, 5, b.length - 5, null));
      var o = new java.io.ByteArrayOutputStream(); var w = org.apache.avro.io.EncoderFactory.get().binaryEncoder(o, null);
      new org.apache.avro.generic.GenericDatumWriter<Object>(s).write(r, w); w.flush();
      if (!Arrays.equals(o.toByteArray(), Arrays.copyOfRange(b, 5, b.length))) throw new IllegalStateException("bytes differ");
      return r;
    } catch (java.io.IOException e) { throw new IllegalStateException(e); }
  }
}

package bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.*;
import java.time.zone.ZoneOffsetTransition;
import java.util.*;

/** The pure computation, shared by the Streams processor, the plain loop and the verifier. */
final class Ledger {
  static final int BACKDATE_DAYS = 7;                 // older days are folded into the base
  private static final long DAY = 86_400_000L;

  // ---- merchant -> zone + cutoff
  static final class Calendar {
    final ZoneId zone; final int cutoffMin; private final long[] starts = new long[8192]; private static final int BASE = 18_000;
    Calendar(ZoneId z, int c) { zone = z; cutoffMin = c; Arrays.fill(starts, Long.MIN_VALUE); }
    /** start(d) = earliest instant whose local wall time is at or after d + cutoff. */
    private long start(int d) {
      int i = d - BASE;
      if (starts[i] == Long.MIN_VALUE) {
        LocalDateTime w = LocalDate.ofEpochDay(d).atTime(cutoffMin / 60, cutoffMin % 60);
        ZoneOffsetTransition t = zone.getRules().getTransition(w);
        starts[i] = t != null && t.isGap() ? t.getInstant().toEpochMilli() : ZonedDateTime.ofLocal(w, zone, null).withEarlierOffsetAtOverlap().toInstant().toEpochMilli();
      }
      return starts[i];
    }
    int businessDate(long t) {
      int d = (int) Math.floorDiv(t, DAY);
      while (start(d) > t) d--;
      while (start(d + 1) <= t) d++;
      return d;
    }
  }
  /** As configurationOf of bench/workload.ts. */
  static final String[] ZONES = {"America/Sao_Paulo", "America/Manaus"};
  static Map<String, Calendar> calendars(int merchants) {
    Calendar[][] c = new Calendar[ZONES.length][2];
    for (int z = 0; z < ZONES.length; z++) for (int k = 0; k < 2; k++) c[z][k] = new Calendar(ZoneId.of(ZONES[z]), k * 240);
    Map<String, Calendar> m = new HashMap<>(merchants * 2);
    for (int i = 0; i < merchants; i++) m.put(Gen.merchant(i), c[i % 2][i % 3 == 0 ? 1 : 0]);
    return m;
  }

  interface Out { void balance(byte[] key, byte[] value); }

  // ---- account state: base closing + up to BACKDATE_DAYS+1 open days, flat bytes (9 + 28 per day)
  private final Codec codec; private final Map<String, Calendar> cal;
  private int n; private long base;
  private final int[] date = new int[BACKDATE_DAYS + 2], count = new int[BACKDATE_DAYS + 2], rev = new int[BACKDATE_DAYS + 2];
  private final long[] cr = new long[BACKDATE_DAYS + 2], db = new long[BACKDATE_DAYS + 2];
  long late, cascaded;
  byte[] posted;                                       // set by apply()

  Ledger(Codec codec, Map<String, Calendar> cal) { this.codec = codec; this.cal = cal; }

  static byte[] accountKey(Codec.Entry e) { return (e.merchantId + '|' + e.accountId).getBytes(StandardCharsets.UTF_8); }

  /** New state of the account (null: entry refused as too old); balance rows go to out, the posted record to this.posted. */
  byte[] apply(Codec.Entry e, byte[] state, Out out) {
    load(state);
    int d = cal.get(e.merchantId).businessDate(e.occurredAt);
    int i = n;
    while (i > 0 && date[i - 1] >= d) i--;             // first day >= d
    if (n > 0 && d < date[n - 1]) {
      late++;
      if (d < date[n - 1] - BACKDATE_DAYS) { posted = codec.posted(e, d, 0, 1); return null; }
    }
    if (i == n || date[i] != d) {
      if (i == n) while (n > 0 && date[0] < d - BACKDATE_DAYS) { base += cr[0] - db[0]; remove0(); i--; }
      for (int k = n; k > i; k--) { date[k] = date[k - 1]; count[k] = count[k - 1]; rev[k] = rev[k - 1]; cr[k] = cr[k - 1]; db[k] = db[k - 1]; }
      n++; date[i] = d; count[i] = rev[i] = 0; cr[i] = db[i] = 0;
    }
    if (e.direction == 0) cr[i] = Math.addExact(cr[i], e.amountMinor); else db[i] = Math.addExact(db[i], e.amountMinor);
    count[i]++;
    long opening = base;
    for (int k = 0; k < i; k++) opening += cr[k] - db[k];
    for (int k = i; k < n; k++) {                      // the day itself, then every later day shifts
      long closing = opening + cr[k] - db[k];
      rev[k]++;
      if (k == i) posted = codec.posted(e, d, closing, 0); else cascaded++;
      out.balance(balanceKey(e, date[k]), codec.balance(e, date[k], opening, cr[k], db[k], closing, count[k], rev[k]));
      opening = closing;
    }
    return save();
  }
  private void remove0() {
    n--;
    for (int k = 0; k < n; k++) { date[k] = date[k + 1]; count[k] = count[k + 1]; rev[k] = rev[k + 1]; cr[k] = cr[k + 1]; db[k] = db[k + 1]; }
  }
  private void load(byte[] s) {
    if (s == null) { n = 0; base = 0; return; }
    ByteBuffer b = ByteBuffer.wrap(s);
    base = b.getLong(); n = b.get();
    for (int k = 0; k < n; k++) { date[k] = b.getInt(); cr[k] = b.getLong(); db[k] = b.getLong(); count[k] = b.getInt(); rev[k] = b.getInt(); }
  }
  private byte[] save() {
    ByteBuffer b = ByteBuffer.allocate(9 + 28 * n);
    b.putLong(base).put((byte) n);
    for (int k = 0; k < n; k++) b.putInt(date[k]).putLong(cr[k]).putLong(db[k]).putInt(count[k]).putInt(rev[k]);
    return b.array();
  }
  private static final Map<Integer, String> ISO = new java.util.concurrent.ConcurrentHashMap<>();
  static byte[] balanceKey(Codec.Entry e, int d) {
    return (e.merchantId + '|' + e.accountId + '|' + ISO.computeIfAbsent(d, x -> LocalDate.ofEpochDay(x).toString())).getBytes(StandardCharsets.UTF_8);
  }
}

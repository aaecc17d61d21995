package bench;

import java.nio.charset.StandardCharsets;

/**
 * Entry i is a pure function of (i, total, end): what bench/workload.ts computes, line by line, in the fields both sides have.
 * Both digest their stream, and the bench compares (Main digest).
 */
final class Gen {
  static final int MERCHANTS = 2000;
  /** When the last entry happened, epoch milliseconds. */
  static final long END_MS = Long.parseLong(System.getenv().getOrDefault("END_MS", "1793545200000"));
  private static final long DAY = 86_400_000L, SPAN = 30 * DAY;
  private static final double[] CDF = new double[MERCHANTS];
  static {
    double s = 0;
    for (int i = 0; i < MERCHANTS; i++) CDF[i] = s += 1.0 / (i + 3);      // zipf-ish, flattened head: the top merchant has ~5 %
    for (int i = 0; i < MERCHANTS; i++) CDF[i] /= s;
  }
  static String merchant(int i) { return "m-" + (100000 + i); }
  /** A number in [0, 1) that depends on both arguments only (mulberry32 over a mix of them). */
  static double chance(int index, int salt) {
    int t = ((index + 1) * 0x9e3779b1 ^ (salt + 1) * 0x85ebca6b) + 0x6d2b79f5;
    t = (t ^ t >>> 15) * (t | 1);
    t ^= t + (t ^ t >>> 7) * (t | 61);
    return Integer.toUnsignedLong(t ^ t >>> 14) / 4294967296.0;
  }
  /** 0.5 % of positions resend, byte for byte, one of the 1000 entries before them. */
  static long source(long i) {
    return i > 1000 && chance((int) i, 7) < 0.005 ? source(i - 1 - (long) Math.floor(chance((int) i, 8) * 1000)) : i;
  }
  private static int merchantAt(double share) {
    int low = 0, high = MERCHANTS - 1;
    while (low < high) {
      int middle = (low + high) >> 1;
      if (CDF[middle] < share) low = middle + 1; else high = middle;
    }
    return low;
  }
  static Codec.Entry entry(long pos, long total) {
    int i = (int) source(pos);
    double amount = chance(i, 3), account = chance(i, 4);
    long late = chance(i, 2) < 0.01 ? (1 + (long) Math.floor(amount * 3)) * DAY : 0;
    Codec.Entry e = new Codec.Entry();
    e.entryId = String.format("%08x-0000-4000-8000-%012x", i * 0x9e3779b1, i).getBytes(StandardCharsets.US_ASCII);
    e.merchantId = merchant(merchantAt(chance(i, 0)));
    e.accountId = account < 0.6 ? "acc-main" : account < 0.9 ? "acc-till" : "acc-bank";
    e.direction = chance(i, 1) < 0.75 ? 0 : 1;
    e.amountMinor = 1 + (long) Math.floor(amount * 500_000);
    e.currency = "BRL";
    e.occurredAt = (long) Math.floor(END_MS - SPAN + ((double) i / total) * SPAN - late);
    return e;
  }
  /** The fields that both sides have, as the line that is digested. */
  static String line(Codec.Entry e) {
    return new String(e.entryId, StandardCharsets.US_ASCII) + '|' + e.merchantId + '|' + e.accountId + '|' + e.direction + '|' + e.amountMinor + '|' + e.currency + '|' + e.occurredAt + '\n';
  }
}

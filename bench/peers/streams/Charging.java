// The same rule as peers/rule.cc.
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import subledger.wire.Body;
import subledger.wire.Event;
import subledger.wire.PaymentReceived;
import subledger.wire.TrafficUsed;

final class Charging implements Processor<byte[], byte[], byte[], byte[]> {
    static final int BARE_BYTES = 180;
    static final int ID_BYTES = 16;
    static final int ACCOUNT_BYTES = 3 * 8 + ID_BYTES;
    static final long TIER_BYTES = 104_857_600;
    static final long MEBIBYTE = 1_048_576;
    static final long ROUNDING_MICROS = 10_000;

    /** What an event adds, before its subscriber's state is known. */
    record Input(byte[] id, long subscriber, long bytes, long amountMicros) {}

    private final int chargeBytes;
    private final ChargeHeaders headers = new ChargeHeaders();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> accounts;

    /** Records of so many bytes, with a charge's headers; 0: of 180 bytes, without headers. */
    Charging(int chargeBytes) {
        this.chargeBytes = chargeBytes;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        accounts = given.getStateStore(StreamsPeer.STORE);
    }

    static long tier(long quantity, long increment, long priceMicros) {
        return (quantity + increment - 1) / increment * increment * priceMicros / MEBIBYTE;
    }

    static long priceMicros(long quantity) {
        long low = Math.min(quantity, TIER_BYTES);
        long exact = tier(low, 1_024, 8_450_000) + tier(quantity - low, 102_400, 4_000_000);
        return (exact + ROUNDING_MICROS / 2) / ROUNDING_MICROS * ROUNDING_MICROS;
    }

    /** Null: not an event of a subscriber. A record that was cut off ends in an exception, as there is no
        verifier in Java. */
    static Input read(byte[] key, byte[] value) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(value);
            if (!Event.EventBufferHasIdentifier(bytes)) {
                return null;
            }
            Event event = Event.getRootAsEvent(bytes);
            String subscriber = event.subscriber();
            if (subscriber == null || !subscriber.equals(new String(key, StandardCharsets.US_ASCII))) {
                return null;
            }
            byte[] id = new byte[ID_BYTES];
            for (int i = 0; i < ID_BYTES; ++i) {
                id[i] = (byte) event.id().bytes(i);
            }
            long quantity = 0;
            long amount = 0;
            if (event.bodyType() == Body.TrafficUsed) {
                TrafficUsed traffic = (TrafficUsed) event.body(new TrafficUsed());
                traffic.session();
                traffic.zone();
                quantity = traffic.bytesUp() + traffic.bytesDown();
            } else if (event.bodyType() == Body.PaymentReceived) {
                PaymentReceived payment = (PaymentReceived) event.body(new PaymentReceived());
                payment.reference();
                amount = -payment.money();
            }
            return new Input(id, Long.parseLong(subscriber), quantity, amount);
        } catch (IndexOutOfBoundsException cutOff) {
            return null;
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Input input = read(record.key(), record.value());
        if (input == null) {
            return;
        }
        byte[] row = accounts.get(record.key());
        ByteBuffer account = row == null ? ByteBuffer.allocate(ACCOUNT_BYTES) : ByteBuffer.wrap(row);
        long sequence = account.getLong(0);
        if (sequence > 0 && Arrays.equals(row, 24, ACCOUNT_BYTES, input.id(), 0, ID_BYTES)) {
            return;
        }
        long before = account.getLong(16);
        long bytes = before + input.bytes();
        long amount = input.amountMicros() + priceMicros(bytes) - priceMicros(before);
        long balance = account.getLong(8) + amount;
        ByteBuffer after = ByteBuffer.allocate(ACCOUNT_BYTES);
        after.putLong(sequence + 1).putLong(balance).putLong(bytes).put(input.id());
        accounts.put(record.key(), after.array());
        ByteBuffer charge = ByteBuffer.allocate(chargeBytes > 0 ? chargeBytes : BARE_BYTES);
        charge.put(input.id()).putLong(input.subscriber()).putLong(sequence + 1).putLong(amount).putLong(balance)
            .putLong(bytes);
        // The rest is of the event, so that it compresses as little.
        while (charge.hasRemaining()) {
            charge.put(record.value(), 0, Math.min(charge.remaining(), record.value().length));
        }
        Record<byte[], byte[]> out = record.withValue(charge.array());
        if (chargeBytes > 0) {
            out = out.withHeaders(headers.of(input.id(), record, sequence + 1));
        }
        context.forward(out);
    }
}

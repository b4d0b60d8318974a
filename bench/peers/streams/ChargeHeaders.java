// The nine headers of a charge record: CloudEvents 1.0 and the place among the outputs.
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;

final class ChargeHeaders {
    private static final byte[] VERSION = bytes("1.0");
    private static final byte[] TYPE = bytes("subledger.charges.v1");
    private static final byte[] SOURCE = bytes("/subledger/charges");
    private static final byte[] SCHEMA = bytes("urn:subledger:schema:charge:1");
    private static final byte[] CONTENT = bytes("application/x-flatbuffers");

    private long lastTime = -1;
    private byte[] lastTimeText;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Most records have the time of the one before. */
    private byte[] time(long millis) {
        if (millis != lastTime) {
            lastTime = millis;
            lastTimeText = bytes(Instant.ofEpochMilli(millis).toString());
        }
        return lastTimeText;
    }

    Headers of(byte[] id, Record<byte[], byte[]> event, long sequence) {
        ByteBuffer words = ByteBuffer.wrap(id);
        return new RecordHeaders().add("ce_specversion", VERSION)
            .add("ce_id", bytes(new UUID(words.getLong(), words.getLong()).toString()))
            .add("ce_type", TYPE)
            .add("ce_source", SOURCE)
            .add("ce_time", time(event.timestamp()))
            .add("ce_subject", event.key())
            .add("ce_dataschema", SCHEMA)
            .add("content-type", CONTENT)
            .add("output-sequence", bytes(Long.toString(sequence)));
    }
}

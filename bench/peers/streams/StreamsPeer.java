// Kafka Streams as a peer: exactly_once_v2, one task a partition, per-subscriber state in RocksDB that is read,
// priced and written, one record out for each event that is new. Prints one line of JSON.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

public final class StreamsPeer {
    static final String STORE = "accounts";
    static final long WATCH_MS = 20;

    /** Words of the command line, in order. */
    record Options(String bootstrap, String in, String out, String application, int threads, boolean caching,
                   String compression, int chargeBytes, String directory) {
        static Options of(String[] words) {
            if (words.length != 9) {
                throw new IllegalArgumentException(
                    "BOOTSTRAP EVENTS-TOPIC CHARGES-TOPIC APPLICATION THREADS CACHING COMPRESSION"
                        + " CHARGE-BYTES DIRECTORY");
            }
            return new Options(words[0], words[1], words[2], words[3], Integer.parseInt(words[4]),
                Boolean.parseBoolean(words[5]), words[6], Integer.parseInt(words[7]), words[8]);
        }
    }

    static Topology topology(Options options) {
        StoreBuilder<KeyValueStore<byte[], byte[]>> store = Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(STORE), Serdes.ByteArray(), Serdes.ByteArray());
        store = options.caching() ? store.withCachingEnabled() : store.withCachingDisabled();
        return new Topology()
            .addSource("events", new ByteArrayDeserializer(), new ByteArrayDeserializer(), options.in())
            .addProcessor("charging", () -> new Charging(options.chargeBytes()), "events")
            .addStateStore(store, "charging")
            .addSink("charges", options.out(), new ByteArraySerializer(), new ByteArraySerializer(), "charging");
    }

    // Commits as often as the others, larger batches and fetches than the defaults.
    static Properties properties(Options options) {
        Properties to = new Properties();
        to.put(StreamsConfig.APPLICATION_ID_CONFIG, options.application());
        to.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.bootstrap());
        to.put(StreamsConfig.STATE_DIR_CONFIG, options.directory());
        to.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        to.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        to.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.threads());
        to.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, options.caching() ? 256L << 20 : 0L);
        to.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
        to.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        to.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
        to.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 8 << 20);
        to.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        to.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
        to.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 20);
        to.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), options.compression());
        to.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128L << 20);
        return to;
    }

    static long sumOfEnds(Admin admin, String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        int partitions = admin.describeTopics(java.util.List.of(topic)).allTopicNames().get().get(topic)
            .partitions().size();
        for (int i = 0; i < partitions; ++i) {
            wanted.put(new TopicPartition(topic, i), OffsetSpec.latest());
        }
        return admin.listOffsets(wanted).all().get().values().stream().mapToLong(end -> end.offset()).sum();
    }

    static long committed(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
            .filter(position -> position != null).mapToLong(position -> position.offset()).sum();
    }

    static long peakMemory() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }

    // The clock runs from the first commit that is seen to the last: loading and joining are not in it.
    static String measure(Options options, KafkaStreams streams, AtomicReference<Throwable> failure)
        throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", options.bootstrap()))) {
            long all = sumOfEnds(admin, options.in());
            long made = System.nanoTime();
            streams.start();
            long before = 0;
            long begun = 0;
            for (long now = 0; now < all; now = committed(admin, options.application())) {
                if (failure.get() != null) {
                    throw new IllegalStateException(failure.get());
                }
                if (before == 0 && now > 0) {
                    before = now;
                    begun = System.nanoTime();
                }
                Thread.sleep(WATCH_MS);
            }
            long end = System.nanoTime();
            long from = begun == 0 ? made : begun;
            double seconds = (end - from) / 1e9;
            return String.format(Locale.ROOT,
                "{\"records\":%d,\"seconds\":%.6f,\"events_per_second\":%.3f,\"seconds_in_all\":%.6f,"
                    + "\"peak_memory\":%d}",
                all, seconds, (all - before) / seconds, (end - made) / 1e9, peakMemory());
        }
    }

    public static void main(String[] words) throws Exception {
        Options options = Options.of(words);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        KafkaStreams streams = new KafkaStreams(topology(options), properties(options));
        streams.setUncaughtExceptionHandler(error -> {
            failure.set(error);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        try {
            String report = measure(options, streams, failure);
            streams.close();
            System.out.println(report);
        } catch (IllegalStateException error) {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }
}

package io.tidemark.sink;

import io.tidemark.change.ChangeEvent;
import io.tidemark.database.TargetDatabase;
import io.tidemark.database.TargetFinish;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One subtask's writer: hands every event to its {@link ApplyLoop} and brings failures back. */
final class TidemarkSinkWriter implements SinkWriter<ChangeEvent> {

  private static final Logger LOG = LoggerFactory.getLogger(TidemarkSinkWriter.class);

  private final ApplyLoop loop;
  private final MailboxExecutor mailbox;

  TidemarkSinkWriter(
      TargetDatabase target, String stream, TargetFinish finish, WriterInitContext context) {
    this.mailbox = context.getMailboxExecutor();
    SinkMeasures measures = new SinkMeasures();
    measures.register(context.metricGroup());
    this.loop =
        new ApplyLoop(
            target,
            stream,
            context.getTaskInfo().getIndexOfThisSubtask(),
            finish,
            SinkLimits.DEFAULT,
            true,
            measures,
            this::surface);
    loop.start();
  }

  /** Fails the task although no event may come for a long time. */
  private void surface(Throwable cause) {
    try {
      mailbox.execute(
          () -> {
            throw SinkFailure.of(cause);
          },
          "fail because the target could not be written to");
    } catch (RejectedExecutionException e) {
      LOG.warn("the task ends already; the target could not be written to", cause);
    }
  }

  @Override
  public void write(ChangeEvent event, Context context) throws InterruptedException {
    loop.put(event);
  }

  /** Before every checkpoint: what it counts as written is committed at the target. */
  @Override
  public void flush(boolean endOfInput) throws InterruptedException {
    loop.flush();
  }

  @Override
  public void close() throws InterruptedException {
    loop.close();
  }
}

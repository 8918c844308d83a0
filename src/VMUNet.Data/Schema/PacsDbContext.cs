using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using VMUNet.Data.Learning;
using VMUNet.Data.Network;
using VMUNet.Data.Processing;
using VMUNet.Data.Schema.Entities;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Schema;

/// <summary>Reads over the schema of db/*.sql. It never makes the schema; a test compares both.</summary>
internal sealed class PacsDbContext(DbContextOptions<PacsDbContext> options) : DbContext(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        SnakeCased<SeriesState>(configurationBuilder);
        SnakeCased<AssociationOutcome>(configurationBuilder);
        SnakeCased<QuarantineReason>(configurationBuilder);
        SnakeCased<JobKind>(configurationBuilder);
        SnakeCased<JobState>(configurationBuilder);
        SnakeCased<SegmentationOutcomeKind>(configurationBuilder);
        SnakeCased<DeliveryState>(configurationBuilder);
        SnakeCased<ResultKind>(configurationBuilder);
        SnakeCased<ModelState>(configurationBuilder);
        SnakeCased<ModelOrigin>(configurationBuilder);
        SnakeCased<Split>(configurationBuilder);
        SnakeCased<CaseState>(configurationBuilder);
        SnakeCased<TrainingState>(configurationBuilder);
        SnakeCased<PromotionVerdict>(configurationBuilder);
        SnakeCased<QaStatus>(configurationBuilder);
        SnakeCased<CallerState>(configurationBuilder);
        SnakeCased<CopyState>(configurationBuilder);
        SnakeCased<ConfirmationState>(configurationBuilder);
        SnakeCased<ConfirmationWay>(configurationBuilder);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Study>().ToTable("study");
        modelBuilder.Entity<Series>().ToTable("series");
        modelBuilder.Entity<Association>().ToTable("association");
        modelBuilder.Entity<AssociationSeries>().ToTable("association_series")
            .HasKey(x => new { x.AssociationId, x.SeriesId });
        modelBuilder.Entity<Instance>().ToTable("instance");
        modelBuilder.Entity<InstanceHeaderRevision>().ToTable("instance_header_revision")
            .HasKey(x => new { x.InstanceId, x.HeaderRevision });
        modelBuilder.Entity<Quarantine>().ToTable("quarantine");
        modelBuilder.Entity<AuditEvent>().ToTable("audit_event").Property(x => x.Data).HasColumnType("jsonb");
        modelBuilder.Entity<ModelVersion>().ToTable("model_version");
        modelBuilder.Entity<SeriesJob>().ToTable("series_job");
        modelBuilder.Entity<Segmentation>().ToTable("segmentation")
            .Property(x => x.StageSeconds).HasColumnType("jsonb");
        modelBuilder.Entity<SegmentationOrgan>().ToTable("segmentation_organ")
            .HasKey(x => new { x.SegmentationId, x.Label });
        modelBuilder.Entity<ResultObject>().ToTable("result_object");
        modelBuilder.Entity<Delivery>().ToTable("delivery");
        modelBuilder.Entity<DeliveryAttempt>().ToTable("delivery_attempt");
        modelBuilder.Entity<SplitAssignment>().ToTable("split_assignment").HasKey(x => x.PatientKey);
        modelBuilder.Entity<PixelSplit>().ToTable("pixel_split").HasKey(x => x.PixelDigest);
        modelBuilder.Entity<Correction>().ToTable("correction");
        modelBuilder.Entity<OrganQa>().ToTable("organ_qa");
        modelBuilder.Entity<CuratedCase>().ToTable("curated_case");
        modelBuilder.Entity<CurationEvent>().ToTable("curation_event");
        modelBuilder.Entity<CuratedCaseState>().ToView("curated_case_state").HasKey(x => x.CuratedCaseId);
        modelBuilder.Entity<DatasetSnapshot>().ToTable("dataset_snapshot");
        modelBuilder.Entity<DatasetSnapshotItem>().ToTable("dataset_snapshot_item")
            .HasKey(x => new { x.DatasetSnapshotId, x.CuratedCaseId });
        modelBuilder.Entity<TrainingRun>().ToTable("training_run").Property(x => x.Config).HasColumnType("jsonb");
        modelBuilder.Entity<Evaluation>().ToTable("evaluation");
        modelBuilder.Entity<PromotionDecision>().ToTable("promotion_decision")
            .Property(x => x.Gates).HasColumnType("jsonb");
        modelBuilder.Entity<Caller>().ToTable("caller");
        modelBuilder.Entity<InstanceCopy>().ToTable("instance_copy");
        modelBuilder.Entity<DeliveryConfirmation>().ToTable("delivery_confirmation").HasKey(x => x.DeliveryId);
        modelBuilder.Entity<CommitmentEvent>().ToTable("commitment_event");
    }

    private static void SnakeCased<T>(ModelConfigurationBuilder builder) where T : struct, Enum =>
        builder.Properties<T>().HaveConversion<SnakeCaseConverter<T>>();

    private sealed class SnakeCaseConverter<T>() : ValueConverter<T, string>(v => SnakeCase.Of(v), s => SnakeCase.Parse<T>(s))
        where T : struct, Enum;
}

using System.Globalization;
using System.Text;
using VMUNet.Dicom;
using VMUNet.DicomListener;
using VMUNet.Dimse;
using VMUNet.Jobs;

namespace VMUNet.Host;

/// <summary>The DICOM conformance statement (PS3.2) of a configuration, as Markdown; docs/conformance.md is that of the defaults.</summary>
internal static class Conformance
{
    private static readonly string[] s_native = [TransferSyntaxes.ExplicitLittleEndian, TransferSyntaxes.ImplicitLittleEndian];

    /// <summary>Renders it.</summary>
    /// <param name="listener">Options of the listener, with the transfer syntaxes that the host can decode.</param>
    /// <param name="jobs">Options of delivery.</param>
    /// <param name="missing">Syntaxes that are not offered because a library is missing.</param>
    public static string Render(ListenerOptions listener, JobsOptions jobs, IReadOnlyList<MissingCodec> missing)
    {
        var text = new StringBuilder();
        var facts = ListenerFacts.Of(listener);
        Head(text, facts, jobs);
        Provider(text, facts, missing);
        Associations(text, listener, facts);
        Statuses(text);
        User(text, jobs);
        text.Append(Lines(ConformanceObjects.Text));
        Security(text, listener, facts);
        Rest(text);
        return text.ToString();
    }

    private static void Head(StringBuilder text, ListenerFacts facts, JobsOptions jobs) => text.Append(Lines($"""
        # DICOM conformance statement

        Written by `./vmunet conformance` from the configuration; this file is that of the defaults, where every decoder's library
        is installed. Not for diagnostic use. Code: `src/VMUNet.Dimse` (protocol), `src/VMUNet.DicomListener` (receiving),
        `src/VMUNet.Dicom/Net` (calling). Layout after PS3.2 annex A, shortened.

        ## Implementation model

        | Application entity | Title | Does |
        |---|---|---|
        | Listener | {string.Join(", ", facts.Titles)} | receives objects, answers verification, takes storage commitment events |
        | Listener, backfill | {string.Join(", ", facts.BatchTitles)} | the same behind live work, with a cap of its own |
        | Sender | {jobs.CallingAe} | sends results, asks for storage commitment or queries; on the command line also verification, query and retrieval |

        | | |
        |---|---|
        | Application context | 1.2.840.10008.3.1.1.1 |
        | Implementation class UID | {OurImplementation.ClassUid} |
        | Implementation version name | {OurImplementation.VersionName} |
        | Asynchronous operations | one at a time; a proposal is answered 1/1 |

        """));

    private static void Provider(StringBuilder text, ListenerFacts facts, IReadOnlyList<MissingCodec> missing)
    {
        text.Append(Lines("""
            ## Listener as provider (SCP)

            | SOP class | UID | Role | Transfer syntaxes |
            |---|---|---|---|
            """));
        Row(text, SopClasses.Verification, "SCP", "native");
        foreach (var sopClass in facts.StorageClasses)
        {
            Row(text, sopClass, "SCP", "storage");
        }

        Row(text, SopClasses.StorageCommitmentPush, "SCU, for N-EVENT-REPORT where the archive proposes to be SCP", "native");
        text.Append(Lines($"""

            Of the proposed transfer syntaxes the first of our list is chosen. *Native*: {Names(s_native)}. *Storage*:

            | Choice | Transfer syntax | UID |
            |---|---|---|
            """));
        for (var i = 0; i < facts.StorageSyntaxes.Count; i++)
        {
            var uid = facts.StorageSyntaxes[i];
            text.Append(CultureInfo.InvariantCulture, $"| {i + 1} | {UidNames.Of(uid)} | {uid} |\n");
        }

        foreach (var codec in missing)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nNot offered on this host: {codec.Name} ({codec.TransferSyntaxUid}); the package {codec.Package} brings it.\n");
        }

        text.Append(Lines("""

            Objects are stored as they came, bit for bit. Another storage class is answered with result 3, an unknown syntax with
            result 4; one refused context refuses no other. Storage commitment is not offered as provider: this is no archive.

            """));
    }

    private static void Associations(StringBuilder text, ListenerOptions o, ListenerFacts facts) => text.Append(Lines($"""
        ## Association policies

        | Rule | Answer |
        |---|---|
        | called title is none of {string.Join(", ", facts.Titles.Concat(facts.BatchTitles))} | rejected 1/1/7 |
        | calling title not allowed, or bound to another address or certificate | rejected 1/1/3, and recorded |
        | more than {o.MaxAssociations} associations, or {o.MaxAssociationsPerAddress} from one address; backfill {o.MaxBatchAssociations}, C-ECHO only {o.MaxEchoAssociations} | rejected 2/3/2 |
        | disk below its reserve, more than {o.MaxWaitingSeries} series waiting, database away for {o.DatabaseGrace.TotalSeconds:0} s | rejected 2/3/1, but C-ECHO alone is accepted |
        | other application context, protocol version | rejected 1/1/2, 1/2/2 |

        | Limit | Value | Beyond it |
        |---|---|---|
        | association request | {o.AssociationTimeout.TotalSeconds:0} s, {o.MaxAssociateLength} bytes, {o.MaxContexts} contexts of {o.MaxTransferSyntaxes} syntaxes, {o.MaxUserItems} user items | closed; A-ABORT |
        | greatest PDU, announced and accepted | {o.MaxPduLength} bytes | A-ABORT |
        | silence between messages | {o.IdleTimeout.TotalSeconds:0} s | A-ABORT |
        | answer that the peer does not take | {o.WriteTimeout.TotalSeconds:0} s | closed |
        | close after a release or abort | {o.CloseTimeout.TotalSeconds:0} s | closed |
        | rate inside a message | {o.MinBytesPerSecond} bytes/s over {o.RateWindow.TotalSeconds:0} s | A-ABORT |
        | connections of one address without association | {o.MaxPendingPerAddress} | the oldest is closed |
        | empty fragments in a row | 1000 | A-ABORT |
        | command set | 64 kB, 64 elements, its group length | A-ABORT |
        | data set | 32 sequences deep, 200000 elements, 100000 items in one sequence | C000 |
        | object | {o.MaxObjectBytes} bytes | A702 |

        A-ABORT is sent with source 2. Any value of C-STORE priority is accepted and has no effect.

        """));

    private static void Statuses(StringBuilder text) => text.Append(Lines("""
        ## C-STORE statuses

        | Status | When |
        |---|---|
        | 0000 | file and row are durable; an equal duplicate; the same pixels under another header, or another transfer syntax (both kept as revisions) |
        | 0110 | unexpected failure; the comment carries a correlation id |
        | 0111 | known SOP instance UID with other pixels, or in another series: kept aside for a person |
        | 0117 | illegal SOP, study or series instance UID |
        | 0122, 0211 | class does not fit its context; operation not supported |
        | A700 | disk below its reserve, too much work waiting, or database away: try again |
        | A702 | larger than the greatest object |
        | A900 | SOP class or instance of the data set differs from the command |
        | C000 | not readable to its last byte (truncated, lengths that do not fit, nested over 32, group 0000 or 0002 inside) |
        | C001 | no study or series UID; an image without rows, columns, bits allocated or pixel data |

        Success is sent after: file written and flushed, renamed, folder flushed, row committed. Nothing is acknowledged earlier.

        """));

    private static void User(StringBuilder text, JobsOptions jobs)
    {
        text.Append(Lines("""
            ## Sender as user (SCU)

            | SOP class | UID | Operation | Transfer syntaxes |
            |---|---|---|---|
            """));
        foreach (var (sopClass, operation, syntaxes) in new[]
        {
            (SopClasses.Verification, "C-ECHO", "implicit VR little endian"),
            (SopClasses.Segmentation, "C-STORE of results", "explicit VR little endian; implicit VR little endian in a context of its own"),
            (SopClasses.LabelMapSegmentation, "C-STORE of results, to destinations that are set to take it", "the same"),
            (SopClasses.Comprehensive3DSr, "C-STORE of reports", "as above"),
            (SopClasses.SecondaryCapture, "C-STORE of pictures", "as above"),
            (SopClasses.StorageCommitmentPush, "N-ACTION; N-EVENT-REPORT on the same association or to the listener", "native"),
            (SopClasses.StudyRootFind, "C-FIND at study, series, image level", "native"),
            (SopClasses.StudyRootMove, "C-MOVE at study, series, image level", "native"),
        })
        {
            Row(text, sopClass, operation, syntaxes);
        }

        text.Append(Lines($"""

            `send` proposes whatever classes and transfer syntaxes its files have, and transcodes nothing but explicit to implicit.
            PDUs up to 131072 bytes or the peer's limit. Connect 10 s, association 10 s, response 60 s and 1 s for every 10 MiB.

            A result is tried again after {jobs.DeliveryFirstWait.TotalSeconds:0} s, doubled up to {jobs.DeliveryLongestWait.TotalMinutes:0} min, for {jobs.DeliveryGiveUpAfter.TotalHours:0} h: without connection, after a
            transient rejection, A7xx (not A702), 0110. Not after a permanent rejection, A9xx, Cxxx, 0122: these wait for a person.
            Warnings (Bxxx) count as stored. After the delivery the destination is asked for storage commitment, or by C-FIND at image
            level where it accepts only that; without an event within {jobs.ConfirmationPatience.TotalHours:0} h it is asked again. Each destination is served on its own.

            """));
    }

    private static void Security(StringBuilder text, ListenerOptions o, ListenerFacts facts) => text.Append(Lines($"""
        ## Security

        | Door | Where |
        |---|---|
        | plain | {facts.PlainBind}, port {o.Port}; beyond loopback only with `--allow-plain` |
        | TLS | {(facts.HasTls ? $"{o.Bind}, port {o.TlsPort}" : $"off; port {o.TlsPort} once a certificate is configured")} |

        TLS 1.2 and 1.3 with the cipher suites of the BCP 195 profile (PS3.15 annex B), no renegotiation. A caller's certificate is
        {(o.TlsAnonymous ? "not asked for" : "required and checked against the configured authorities")}; titles can be bound to its common or DNS name. As caller the server's name and chain are
        checked always. User identity negotiation is ignored. No value from the network is part of a path; titles are escaped
        before they are logged; patient identity reaches no log, and rows only as a keyed hash.

        """));

    private static void Rest(StringBuilder text) => text.Append(Lines("""
        ## Character sets

        ISO-IR 6, 100, 101, 109, 110, 144, 127, 126, 138, 148, 166, 13; ISO 2022 IR 6, 13, 87, 159, 149, 58; GB18030; GBK; UTF-8. Others are
        kept as bytes and shown as far as they are ASCII.

        ## Judged by others

        DCMTK in both directions, plain and over TLS: `tests/VMUNet.DicomListener.Tests/DcmtkExchangeTests.cs` and `TlsTests.cs`,
        `tests/VMUNet.Dimse.Tests/Client/DcmtkStoreScpTests.cs`, `tests/ci/dcmtk.sh`. Orthanc: `tests/ci/orthanc.sh`. Created objects:
        dciodvfy, a reader on pydicom and dsrdump, on CT, MR, oblique, tilted and uneven, enhanced multi-frame series and a
        photograph: `tests/ci/seg.sh`.

        """));

    private static void Row(StringBuilder text, string sopClass, string role, string syntaxes) =>
        text.Append(CultureInfo.InvariantCulture, $"| {UidNames.Of(sopClass)} | {sopClass} | {role} | {syntaxes} |\n");

    private static string Names(IEnumerable<string> uids) => string.Join(", then ", uids.Select(UidNames.Of));

    // Raw text keeps its last line open; a paragraph ends with its own.
    private static string Lines(string text) => text + "\n";
}

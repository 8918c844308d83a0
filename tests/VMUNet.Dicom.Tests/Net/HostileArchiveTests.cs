using System.Text;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;

namespace VMUNet.Dicom.Tests.Net;

/// <summary>An archive that answers a query with what no archive should.</summary>
public sealed class HostileArchiveTests
{
    public static TheoryData<string, byte[]> Unreadable() => new()
    {
        { "nothing but a tag", [8, 0, 0x16] },
        { "a value longer than the match", [0x20, 0, 0x0D, 0, 0x55, 0x49, 0xFF, 0x7F, 0x31] },
        { "a sequence that does not end", [8, 0, 0x10, 0x11, 0x53, 0x51, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "an item outside a sequence", [0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0] },
        { "sequences 4,000 deep", [.. Enumerable.Repeat((byte[])[8, 0, 0x10, 0x11, 0x53, 0x51, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF], 4_000).SelectMany(b => b)] },
        { "noise", [.. Enumerable.Range(0, 5_000).Select(i => (byte)(i * 31 ^ (i >> 3)))] },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_match_that_cannot_be_read_is_a_fault_of_the_peer(string what, byte[] match)
    {
        var end = await Record.ExceptionAsync(() => FindAsync(match));

        Assert.True(end is DimseClientException { Fault: DimseClientFault.ProtocolError }, $"{what}: {end}");
    }

    [Fact]
    public async Task Of_a_match_the_texts_are_taken_and_the_rest_is_left()
    {
        byte[] match =
        [
            .. Element(0x0008, 0x0005, "CS", Encoding.ASCII.GetBytes("ISO_IR 192")),
            .. Element(0x0008, 0x1030, "LO", Encoding.UTF8.GetBytes("Schädel ")),
            .. Element(0x0009, 0x1001, "LO", "private "u8.ToArray()),
            .. Element(0x0010, 0x0020, "LO", []),
            .. Element(0x0020, 0x000D, "UI", "1.2\0"u8.ToArray()),
            .. Element(0x0020, 0x1208, "IS", "many"u8.ToArray()),
            0x40, 0, 0x75, 2, 0x53, 0x51, 0, 0, 0, 0, 0, 0,
        ];

        var found = Assert.Single((await FindAsync(match)).Matches);

        Assert.Equal(("Schädel", "1.2", "many"),
            (found["StudyDescription"], found["StudyInstanceUID"], found["NumberOfStudyRelatedInstances"]));
        Assert.DoesNotContain("PatientID", found.Keys);
        Assert.DoesNotContain("RequestAttributesSequence", found.Keys);
    }

    [Fact]
    public async Task A_key_beyond_ASCII_goes_out_in_UTF_8_and_says_so()
    {
        byte[] asked = [];
        await using var provider = new ScriptedProvider(async peer =>
        {
            var (command, _) = await peer.Channel.ReadCommandAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            asked = await peer.Channel.OpenDataSet(command!.Context).ReadAllAsync(100_000, CancellationToken.None) ?? [];
            await ScriptedProvider.AnswerAsync(peer, command, 0);
        });

        await QueryScu.FindAsync(Options(provider), QueryLevel.Study,
            new Dictionary<string, string> { ["PatientName"] = "Müller^*" }, 10, CancellationToken.None);

        Assert.True(asked.AsSpan().IndexOf("ISO_IR 192"u8) > 0, "no character set");
        Assert.True(asked.AsSpan().IndexOf("Müller^*"u8) > 0, "the key is not in UTF-8");
    }

    private static async Task<QueryResult> FindAsync(byte[] match)
    {
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await ScriptedProvider.AnswerAsync(peer, request, 0xFF00, match);
            await ScriptedProvider.AnswerAsync(peer, request, 0);
        });
        return await QueryScu.FindAsync(Options(provider), QueryLevel.Study, new Dictionary<string, string>(), 10, CancellationToken.None);
    }

    private static DimseClientOptions Options(ScriptedProvider provider) =>
        new() { Host = "127.0.0.1", Port = provider.Port, CalledAe = "ARCHIVE", CallingAe = "VMUNET" };

    private static byte[] Element(ushort group, ushort element, string vr, byte[] value) =>
    [
        (byte)group, (byte)(group >> 8), (byte)element, (byte)(element >> 8), (byte)vr[0], (byte)vr[1], (byte)value.Length, 0, .. value,
    ];
}

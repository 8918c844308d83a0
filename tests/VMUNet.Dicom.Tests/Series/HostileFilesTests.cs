using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Series;

/// <summary>Broken files of other libraries' test sets: a definite answer, never an exception.</summary>
public sealed class HostileFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dicom-malformed")]
    [InlineData("dicom-transfer-syntaxes")]
    public void Every_file_gets_an_answer(string set)
    {
        var source = Read.Volume(new SyntheticSeries().Write(_folder.Path)).Source;
        var failures = new List<string>();
        var kinds = new HashSet<string>();

        foreach (var file in SeriesReader.FilesIn(SharedFolder.Need("data", set)))
        {
            try
            {
                var content = SeriesReader.Read([file], CancellationToken.None);
                kinds.Add(content is SeriesContent.Refused refused ? $"{refused.Reason}" : content.GetType().Name);
                SegReader.References(file);
                SeriesReader.GroupBySeries([file]);
                Assert.IsType<SegContent.Refused>(SegReader.Read(file, source, Organs.Eight));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failures.Add($"{Path.GetFileName(file)}: {e.GetType().Name} {e.Message}");
            }
        }

        Assert.Empty(failures);
        Assert.True(kinds.Count > 2, string.Join(", ", kinds));
    }

    [Fact]
    public void A_file_cut_anywhere_gets_an_answer()
    {
        var whole = File.ReadAllBytes(new SyntheticSeries { Positions = [[0, 0, 0]] }.Write(_folder.Path)[0]);
        var cut = _folder.File("cut.dcm");

        for (var length = 0; length < whole.Length; length += 3)
        {
            File.WriteAllBytes(cut, whole[..length]);
            Assert.IsType<SeriesContent.Refused>(SeriesReader.Read([cut], CancellationToken.None));
        }
    }

    [Fact]
    public void A_file_with_any_byte_changed_gets_an_answer()
    {
        var whole = File.ReadAllBytes(new SyntheticSeries { Positions = [[0, 0, 0]] }.Write(_folder.Path)[0]);
        var changed = _folder.File("changed.dcm");

        for (var at = 0; at < whole.Length - 60; at++)
        {
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= (byte)(1 + at * 37 % 255);
            File.WriteAllBytes(changed, bytes);
            Assert.NotNull(SeriesReader.Read([changed], CancellationToken.None));
        }
    }
}

using System.IO.Compression;
using CsCheck;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Tests.Goldens;
using VMUNet.Testing;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>PyTorch's own files: the right ones read, the wrong and the hostile ones refused with one sentence.</summary>
public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path1 => _folder.File("a.pth");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_torch_save_has_the_numbers_of_its_safetensors_twin()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> twin = Golden.Read("vmamba_like_checkpoint");

        using TensorFile file = TensorFile.Open(Golden.PathOf("vmamba_like_checkpoint.pth"));

        Assert.Equal(twin.Keys.Order(), file.Shapes.Keys.Order());
        foreach ((string name, Tensor expected) in twin)
        {
            Assert.Equal(expected.shape, file.Shapes[name]);
            Assert.True(expected.bytes.SequenceEqual(file.Read(name).bytes), name);
        }
    }

    [Fact]
    public void A_view_is_read_by_its_offset_and_strides()
    {
        using DisposeScope scope = NewDisposeScope();
        new TorchFileWriter().Numbers("0", 0, 1, 2, 3, 4, 5, 6)
            .Dictionary().Text("t").Tensor("0", 7, 1, [3, 2], [1, 3]).Write(Path1);

        using TorchFile file = TorchFile.Open(Path1);

        Assert.Equal([1f, 4, 2, 5, 3, 6], file.Read("t").data<float>().ToArray());
    }

    [Theory]
    [InlineData("model")]
    [InlineData("model_state_dict")]
    [InlineData("state_dict")]
    public void A_state_dict_is_found_inside_a_training_checkpoint(string wrapper)
    {
        using DisposeScope scope = NewDisposeScope();
        new TorchFileWriter().Numbers("0", 7)
            .Dictionary().Text("epoch").Integer(3).Text(wrapper).Raw("}(").Text("t").Tensor("0", 1, 0, [1], [1]).Raw("u").Write(Path1);

        using TorchFile file = TorchFile.Open(Path1);

        Assert.Equal(7, file.Read("t").item<float>());
    }

    [Theory]
    [InlineData("numpy.core.multiarray")]
    [InlineData("numpy._core.multiarray")]
    public void Losses_as_NumPy_scalars_beside_the_state_dict_are_passed_over(string module)
    {
        using DisposeScope scope = NewDisposeScope();
        new TorchFileWriter().Numbers("0", 7)
            .Dictionary().Text("loss")
            .Raw($"c{module}\nscalar\nq\u0002cnumpy\ndtype\nq\u0003").Text("f8").Raw(0x89, 0x88, 0x87).Raw("Rq\u0004(K\u0003").Text("<")
            .Raw("NNNJ").Raw(0xff, 0xff, 0xff, 0xff).Raw("J").Raw(0xff, 0xff, 0xff, 0xff).Raw("K\0tb")
            .Raw("c_codecs\nencode\n").Text("12345678").Text("latin1").Raw(0x86).Raw("R").Raw(0x86).Raw("R")
            .Text("model_state_dict").Raw("}(").Text("t").Tensor("0", 1, 0, [1], [1]).Raw("u").Write(Path1);

        using TorchFile file = TorchFile.Open(Path1);

        Assert.Equal(7, file.Read("t").item<float>());
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\u0007\0\0\0id > xxtR.", "os.system")]
    [InlineData("cposix\nsystem\n.", "posix.system")]
    [InlineData("cbuiltins\neval\n(X\u0001\0\0\01tR.", "builtins.eval")]
    [InlineData("c__builtin__\ngetattr\n.", "getattr")]
    [InlineData("csubprocess\nPopen\n.", "subprocess.Popen")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("cyacs.config\nCfgNode\n)\u0081.", "CfgNode")]
    [InlineData("(cos\nsystem\no.", "os.system")]
    [InlineData("(ios\nsystem\n.", "opcode")]
    [InlineData("ccollections\nOrderedDict\n(]tR.", "OrderedDict")]
    [InlineData("ctorch\nFloatStorage\n)R.", "call of torch.FloatStorage")]
    [InlineData("(X\u0001\0\0\0aP1\n.", "opcode")]
    public void A_pickle_that_names_anything_else_is_refused_and_nothing_is_run(string pickle, string named)
    {
        new TorchFileWriter().Raw([.. pickle.Select(c => (byte)c)]).WriteArchive(Path1);

        BadInputException refusal = Assert.Throws<BadInputException>(() => TensorFile.Open(Path1));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was run", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 0, new long[] { 8 }, new long[] { 1 })]                                    // more than the storage
    [InlineData(7, 1, new long[] { 7 }, new long[] { 1 })]                                    // beyond its end
    [InlineData(7, 0, new long[] { 2, 2 }, new long[] { 6, 1 })]
    [InlineData(7, -1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(7, 0, new long[] { -2 }, new long[] { 1 })]
    [InlineData(7, 3, new long[] { 3 }, new long[] { -1 })]
    [InlineData(7, 0, new long[] { 2, 2 }, new long[] { 1 })]
    [InlineData(7, 0, new long[] { 65536, 65536, 65536, 65536 }, new long[] { 0, 0, 0, 0 })]  // 2^64 numbers of one
    [InlineData(7, 0, new[] { long.MaxValue, 4 }, new long[] { 1, 1 })]
    [InlineData(long.MaxValue, 0, new long[] { 7 }, new long[] { 1 })]                        // a storage of 2^65 bytes
    [InlineData(1L << 40, 0, new long[] { 7 }, new long[] { 1 })]
    [InlineData(-7, 0, new long[] { 1 }, new long[] { 1 })]
    [InlineData(8, 0, new long[] { 7 }, new long[] { 1 })]                                    // 7 are in the file
    public void Sizes_that_lie_are_refused_before_anything_is_allocated(long count, long offset, long[] shape, long[] strides)
    {
        new TorchFileWriter().Numbers("0", 0, 1, 2, 3, 4, 5, 6)
            .Dictionary().Text("t").Tensor("0", count, offset, shape, strides).Write(Path1);

        Assert.Throws<BadInputException>(() => Read("t"));
    }

    [Fact]
    public void Tensors_that_share_numbers_are_refused()
    {
        new TorchFileWriter().Numbers("0", 0, 1, 2, 3)
            .Dictionary().Text("a").Tensor("0", 4, 0, [3], [1]).Text("b").Tensor("0", 4, 2, [2], [1]).Write(Path1);

        Assert.Contains(
            "b overlaps", Assert.Throws<BadInputException>(() => TorchFile.Open(Path1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_side_by_side_in_one_storage_are_read()
    {
        using DisposeScope scope = NewDisposeScope();
        new TorchFileWriter().Numbers("0", 0, 1, 2, 3)
            .Dictionary().Text("b").Tensor("0", 4, 2, [2], [1]).Text("a").Tensor("0", 4, 0, [2], [1]).Write(Path1);

        using TorchFile file = TorchFile.Open(Path1);

        Assert.Equal([2f, 3], file.Read("b").data<float>().ToArray());
    }

    [Fact]
    public void One_storage_with_two_sizes_is_refused()
    {
        new TorchFileWriter().Numbers("0", 0, 1, 2, 3)
            .Dictionary().Text("a").Tensor("0", 4, 0, [2], [1]).Text("b").Tensor("0", 2, 2, [0], [1])
            .Text("c").Tensor("0", 5, 2, [2], [1]).Write(Path1);

        Assert.Throws<BadInputException>(() => TorchFile.Open(Path1));
    }

    [Fact]
    public void A_compressed_entry_is_refused_however_much_it_would_become()
    {
        var writer = new TorchFileWriter().Dictionary().Text("t").Tensor("0", 1 << 22, 0, [1 << 22], [1]);
        writer.Entries["data/0"] = new byte[4 << 22];
        writer.Write(Path1, CompressionLevel.SmallestSize);
        Assert.True(new FileInfo(Path1).Length < 100_000);

        Assert.Throws<BadInputException>(() => Read("t"));
    }

    [Fact]
    public void A_wrong_checksum_is_refused()
    {
        new TorchFileWriter().Numbers("0", 1.25f, 2.5f).Dictionary().Text("t").Tensor("0", 2, 0, [2], [1]).Write(Path1);
        byte[] bytes = System.IO.File.ReadAllBytes(Path1);
        int at = bytes.AsSpan().IndexOf(BitConverter.GetBytes(1.25f));
        bytes[at] ^= 1;
        System.IO.File.WriteAllBytes(Path1, bytes);

        Assert.Contains("checksum", Assert.Throws<BadInputException>(() => Read("t")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_numbers_are_refused_by_the_tensors_name()
    {
        new TorchFileWriter().Dictionary().Text("t").Tensor("9", 0, 0, [0], [1]).Write(Path1);

        Assert.Contains("t are missing", Assert.Throws<BadInputException>(() => Read("t")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("K\u0001.")]                        // no dictionary
    [InlineData("}(X\u0001\0\0\0aK\u0001u.")]       // a number among the weights
    [InlineData("}(K\u0001K\u0001u.")]
    [InlineData("}(X\u0001\0\0\0au.")]              // a key without a value
    [InlineData("}(")]                              // no end
    [InlineData("0.")]
    [InlineData("t.")]
    [InlineData("h\u0005.")]
    [InlineData("X\u00ff\u00ff\u00ff\u007f.")]      // text of 2 GB
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.")]
    [InlineData("]K\u0001u.")]
    [InlineData("cos")]
    [InlineData("")]
    public void A_damaged_pickle_is_refused(string pickle)
    {
        new TorchFileWriter().Raw([.. pickle.Select(c => (byte)c)]).WriteArchive(Path1);

        Assert.Throws<BadInputException>(() => TensorFile.Open(Path1));
    }

    [Fact]
    public void A_big_endian_file_is_refused()
    {
        var writer = new TorchFileWriter().Dictionary();
        writer.Entries["byteorder"] = "big"u8.ToArray();
        writer.Write(Path1);

        Assert.Contains("big-endian", Assert.Throws<BadInputException>(() => TorchFile.Open(Path1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bare_pickle_of_an_old_release_is_refused_with_what_to_do()
    {
        System.IO.File.WriteAllBytes(Path1, [0x80, 2, 0x8a, 10, 0x6c, 0xfc]);

        Assert.Contains("save the state_dict again", Assert.Throws<BadInputException>(() => TensorFile.Open(Path1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_cut_of_a_file_does_more_than_a_refusal()
    {
        byte[] whole = System.IO.File.ReadAllBytes(Golden.PathOf("vmamba_like_checkpoint.pth"));
        Gen.Int[0, whole.Length - 1].Sample(
            length =>
            {
                System.IO.File.WriteAllBytes(Path1, whole[..length]);
                Assert.Throws<BadInputException>(() => TensorFile.Open(Path1));
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void No_changed_byte_of_the_pickle_does_more_than_a_refusal()
    {
        byte[] pickle = Pickle(Golden.PathOf("vmamba_like_checkpoint.pth"));
        Gen.Select(Gen.Int[0, pickle.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                byte[] changed = [.. pickle];
                changed[at] = value;
                try
                {
                    _ = Unpickler.Read(changed, "it");
                }
                catch (BadInputException)
                {
                    // the refusal
                }
            },
            iter: 3000,
            threads: 1);
    }

    private static byte[] Pickle(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using Stream stream = zip.Entries.Single(e => e.Name == "data.pkl").Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private void Read(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using TensorFile file = TensorFile.Open(Path1);
        file.Read(name);
    }
}

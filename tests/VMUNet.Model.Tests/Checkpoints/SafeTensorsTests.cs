using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vmunet-weights-").FullName;

    private string File1 => Path.Combine(_folder, "a.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Float32_comes_back_bit_for_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = randn(3, 5), b = tensor(new[] { float.NaN, float.PositiveInfinity, -0f, 1e-42f }), c = zeros(0, 4);

        SafeTensors.Write(File1, [new("b", b), new("a", a), new("c", c)]);
        Dictionary<string, Tensor> back = SafeTensors.Read(File1);

        Assert.Equal(["a", "b", "c"], back.Keys.Order());
        Assert.True(a.bytes.SequenceEqual(back["a"].bytes));
        Assert.True(b.bytes.SequenceEqual(back["b"].bytes));
        Assert.Equal([0, 4], back["c"].shape);
        Assert.Equal([3, 5], back["a"].shape);
    }

    [Fact]
    public void Float16_halves_the_file_and_comes_back_as_float32_rounded_once()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = randn(100, 50);

        SafeTensors.Write(File1, [new("a", a)], StoredType.F16);
        Tensor back = SafeTensors.Read(File1)["a"];

        Assert.True(new FileInfo(File1).Length is > 10_000 and < 10_200);
        Assert.Equal(ScalarType.Float32, back.dtype);
        Assert.True(back.eq(a.to(ScalarType.Float16).to(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void A_view_is_written_by_its_own_numbers()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor whole = arange(12, ScalarType.Float32).view(3, 4);

        SafeTensors.Write(File1, [new("t", whole.t().narrow(0, 1, 2))]);

        Assert.Equal([1f, 5, 9, 2, 6, 10], SafeTensors.Read(File1)["t"].data<float>().ToArray());
    }

    [Fact]
    public void The_hash_is_that_of_the_bytes()
    {
        System.IO.File.WriteAllBytes(File1, "vmunet"u8);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("vmunet"u8)), SafeTensors.Hash(File1));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1000000000,1000000000],"data_offsets":[0,8]}}""", 8)] // size lies
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}}""", 16)] // 64-bit overflow
    [InlineData("""{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4)] // truncated
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12)] // more than it says
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12)] // a hole
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", 8)]
    [InlineData("""["a"]""", 0)]
    [InlineData("""{"a":{"dtype":"F32",""", 8)]
    public void A_header_that_lies_is_refused_before_anything_is_allocated(string header, int dataBytes)
    {
        WriteRaw(Encoding.UTF8.GetBytes(header), header.Length, dataBytes);

        Assert.Throws<BadInputException>(() => SafeTensors.Read(File1));
        Assert.Throws<BadInputException>(() => SafeTensors.ReadHeader(File1));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(long.MaxValue)]
    [InlineData(1000L)]
    public void A_header_length_that_lies_is_refused(long length)
    {
        WriteRaw("{}"u8.ToArray(), length, 0);

        Assert.Throws<BadInputException>(() => SafeTensors.Read(File1));
    }

    [Fact]
    public void A_file_of_three_bytes_is_refused()
    {
        System.IO.File.WriteAllBytes(File1, [1, 2, 3]);

        Assert.Throws<BadInputException>(() => SafeTensors.Read(File1));
    }

    [Fact]
    public void No_changed_byte_of_the_header_does_more_than_a_refusal()
    {
        using DisposeScope scope = NewDisposeScope();
        SafeTensors.Write(File1, [new("weight", ones(2, 3)), new("bias", ones(3))]);
        byte[] whole = System.IO.File.ReadAllBytes(File1);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(whole) + 8;

        Gen.Select(Gen.Int[0, header - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                byte[] changed = [.. whole];
                changed[at] = value;
                System.IO.File.WriteAllBytes(File1, changed);
                try
                {
                    foreach (Tensor t in SafeTensors.Read(File1).Values)
                    {
                        t.Dispose();
                    }
                }
                catch (BadInputException)
                {
                    // the refusal
                }
            },
            iter: 500,
            threads: 1);
    }

    private void WriteRaw(byte[] header, long claimed, int dataBytes)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, claimed);
        header.CopyTo(file, 8);
        System.IO.File.WriteAllBytes(File1, file);
    }
}

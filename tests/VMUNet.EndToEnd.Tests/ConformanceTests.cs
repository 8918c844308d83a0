using VMUNet.Host.Commands;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests;

/// <summary>docs/conformance.md is what the product says of itself, not what somebody once wrote.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void The_committed_statement_is_that_of_the_defaults()
    {
        var committed = File.ReadAllText(Path.Combine(RepoPaths.Root, "docs", "conformance.md"));

        Assert.Equal(ConformanceCommand.OfDefaults(), committed);
    }

    [Fact]
    public void Every_class_and_syntax_that_the_listener_takes_is_named()
    {
        var statement = ConformanceCommand.OfDefaults();

        foreach (var uid in VMUNet.Dimse.SopClasses.AcceptedForStorage.Concat(VMUNet.Dicom.DecodableTransferSyntaxes.ForNetwork))
        {
            Assert.Contains($"| {uid} |", statement, StringComparison.Ordinal);
        }
    }
}
